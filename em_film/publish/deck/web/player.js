// Plays one video from rest to rest. There is one element and one source, so nothing is ever black in between.

const HOLD = 1200; // milliseconds that a loop stays at rest
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

class Player {
  constructor(video, rate, sections, changed) {
    Object.assign(this, { video, rate, sections, changed });
    this.index = 0;
    this.playing = false;
    this.loop = false;
    this.motion = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.speed = 1;
    this.waiting = 0;
    video.addEventListener("timeupdate", () => this.look());
    video.addEventListener("ended", () => this.look());
    const watch = () => { this.look(); requestAnimationFrame(watch); };
    requestAnimationFrame(watch);
  }

  get section() { return this.sections[this.index]; }

  /** The middle of a frame: a seek there cannot land on its neighbour. */
  middle(frame) { return (frame + 0.5) / this.rate; }

  /** Stand still where a section rests. */
  show(index) {
    clearTimeout(this.waiting);
    this.index = Math.min(Math.max(index, 0), this.sections.length - 1);
    this.playing = false;
    this.video.pause();
    this.video.currentTime = this.middle(this.section.rest);
    this.changed();
  }

  /** Play a section until it rests, from where the film stands or from the section's beginning. */
  play(index, fromStart) {
    clearTimeout(this.waiting);
    if (!this.motion) { this.show(index); return; }
    this.index = index;
    this.playing = true;
    if (fromStart) this.video.currentTime = this.middle(this.section.first);
    this.video.playbackRate = this.speed;
    this.video.play().catch((error) => { if (error.name !== "AbortError") this.show(index); });
    this.changed();
  }

  goOn() {
    if (this.index + 1 < this.sections.length) this.play(this.index + 1, this.playing);
    else if (this.playing) this.show(this.index);
  }

  back() { this.show(this.index - 1); }

  replay() { this.play(this.index, true); }

  toggleLoop() {
    this.loop = !this.loop;
    if (this.loop && !this.playing) this.replay();
    if (!this.loop) clearTimeout(this.waiting);
    this.changed();
  }

  toggleMotion() {
    this.motion = !this.motion;
    if (!this.motion && this.playing) this.show(this.index);
    this.changed();
  }

  setSpeed(speed) {
    this.speed = speed;
    this.video.playbackRate = speed;
    this.changed();
  }

  faster(steps) {
    const at = SPEEDS.indexOf(this.speed) + steps;
    this.setSpeed(SPEEDS[Math.min(Math.max(at, 0), SPEEDS.length - 1)]);
  }

  nextSpeed() { this.setSpeed(SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length]); }

  /** Share of the section that has been played. */
  get done() {
    if (!this.playing) return 1;
    const { first, rest } = this.section;
    return Math.min(Math.max((this.video.currentTime * this.rate - first) / Math.max(rest - first, 1), 0), 1);
  }

  look() {
    if (!this.playing || this.video.seeking) return;
    if (this.video.currentTime * this.rate < this.section.rest && !this.video.ended) return;
    this.show(this.index);
    if (this.loop && this.motion) this.waiting = setTimeout(() => this.replay(), HOLD);
  }
}
