// The bar under the film: its sections by name, how far it is, and what is switched on.

class Bar {
  constructor(player) {
    this.player = player;
    this.buttons = player.sections.map((section, index) => {
      const button = element("button", { type: "button", title: section.name }, section.name);
      button.setAttribute("aria-label", `${index + 1}: ${section.name}`);
      button.addEventListener("click", () => player.show(index));
      document.getElementById("sections").append(element("li", {}, button));
      return button;
    });
    const move = () => { this.move(); requestAnimationFrame(move); };
    requestAnimationFrame(move);
  }

  update(captionsOn) {
    const { player } = this;
    this.buttons.forEach((button, index) => {
      button.toggleAttribute("aria-current", index === player.index);
      if (index === player.index) button.setAttribute("aria-current", "step");
      button.style.setProperty("--done", index < player.index ? 1 : 0);
    });
    this.buttons[player.index].scrollIntoView({ block: "nearest", inline: "nearest" });
    press("loop", player.loop);
    press("motion", player.motion);
    press("captions", captionsOn);
    const speed = document.getElementById("speed");
    speed.textContent = `${player.speed}×`;
    speed.setAttribute("aria-label", `Speed ${player.speed}`);
  }

  move() { this.buttons[this.player.index].style.setProperty("--done", this.player.done); }
}

function press(id, on) { document.getElementById(id).setAttribute("aria-pressed", String(on)); }

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
