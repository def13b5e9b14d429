// Puts the deck together.

const deck = JSON.parse(document.getElementById("deck").textContent);
const page = document.documentElement;
const video = document.getElementById("film");
const stage = document.getElementById("stage");
const caption = document.getElementById("caption");
const IDLE = 2500; // milliseconds after which, in full screen, the bar goes
let captionsOn = false;
let idle = 0;

const sections = deck.sections.map((section) => ({ ...section, formula: deck.formulas[section.formula] }));
const player = new Player(video, deck.rate, sections, () => update());
const bar = new Bar(player);
const actions = {
  goOn: () => player.goOn(),
  back: () => player.back(),
  first: () => player.show(0),
  last: () => player.show(sections.length - 1),
  jump: (index) => player.show(index),
  replay: () => player.replay(),
  toggleLoop: () => player.toggleLoop(),
  toggleMotion: () => player.toggleMotion(),
  nextSpeed: () => player.nextSpeed(),
  faster: () => player.faster(1),
  slower: () => player.faster(-1),
  toggleCaptions: () => { captionsOn = !captionsOn; update(); showCaption(); },
  toggleBlank: () => page.classList.toggle("blank"),
  toggleFullScreen: () => (document.fullscreenElement ? document.exitFullscreen() : page.requestFullscreen()),
  openOverview: () => openOverview(player),
  openHelp: () => openHelp(),
  openNotes: () => notes.open(),
};
const onKey = keyHandler(actions, sections.length);
const notes = new Notes(player, onKey);

function update() {
  const { index, section, playing } = player;
  bar.update(captionsOn);
  notes.update();
  video.setAttribute("aria-label", [section.name, ...section.sentences].join(". "));
  page.dataset.section = index + 1;
  page.dataset.state = playing ? "playing" : "rest";
  if (!playing) {
    document.getElementById("status").textContent =
      [`${index + 1} of ${sections.length}: ${section.name}`, ...section.sentences].join(". ");
    history.replaceState(null, "", `#${index + 1}`);
  }
}

function showCaption() {
  const now = video.currentTime;
  const said = deck.captions.find(([start, end]) => start <= now && now < end);
  const text = captionsOn && said ? said[2] : "";
  if (caption.textContent !== text) caption.textContent = text;
  caption.hidden = !captionsOn;
}

function tell(message) {
  const place = document.getElementById("message");
  place.textContent = message;
  place.hidden = false;
  setTimeout(() => { place.hidden = true; }, 8000);
}

function stir() {
  page.classList.remove("idle");
  clearTimeout(idle);
  idle = setTimeout(() => page.classList.add("idle"), IDLE);
  page.style.setProperty("--bar", `${document.getElementById("bar").offsetHeight}px`);
}

document.addEventListener("keydown", onKey);
document.addEventListener("pointermove", stir);
document.addEventListener("fullscreenchange", stir);
document.getElementById("full").hidden = !document.fullscreenEnabled;
["timeupdate", "seeked"].forEach((kind) => video.addEventListener(kind, showCaption));
listenToHands(stage, actions);
loadFilm(video, () => player.show(player.index), () => tell("This browser cannot play the film (H.264)."));
player.show((Number(location.hash.slice(1)) || 1) - 1);
