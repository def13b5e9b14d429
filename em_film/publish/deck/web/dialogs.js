// What lies over the film for a moment: all sections as pictures, and the list of keys.

const KEYS = [
  ["Space, →, ↓, Page Down", "go on, also in mid-play"],
  ["←, ↑, Page Up", "back to the rest before"],
  ["Home, End", "to the first and the last section"],
  ["a number", "to the section of that number"],
  ["O", "overview of all sections"],
  ["R", "play this section again"],
  ["L", "loop this section"],
  ["C", "captions"],
  ["−, +", "slower, faster"],
  ["M", "motion on or off; off, sections change at once"],
  ["N", "notes, in a window of their own"],
  ["F", "full screen"],
  ["B, .", "blank the picture"],
  ["H, ?", "these keys"],
];

function openOverview(player) {
  const dialog = document.getElementById("overview");
  const items = player.sections.map((section, index) => {
    const picture = element("img", { src: section.thumbnail, alt: "" });
    const button = element("button", { type: "button" }, picture, `${index + 1} ${section.name}`);
    if (index === player.index) { button.setAttribute("aria-current", "step"); button.autofocus = true; }
    button.addEventListener("click", () => { dialog.close(); player.show(index); });
    return element("li", {}, button);
  });
  dialog.querySelector("ol").replaceChildren(...items);
  open(dialog);
}

function openHelp() {
  const dialog = document.getElementById("help");
  const rows = KEYS.flatMap(([keys, meaning]) => [element("dt", {}, keys), element("dd", {}, meaning)]);
  const close = element("button", { type: "button" }, "Close");
  close.addEventListener("click", () => dialog.close());
  dialog.replaceChildren(close, element("dl", {}, ...rows)); // what has the focus is in view: the beginning
  open(dialog);
}

/** Open a dialog that Escape closes, and a click or a tap beside it. */
function open(dialog) {
  dialog.onclick = (event) => {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    if (event.detail > 0 && (x < left || x > right || y < top || y > bottom)) dialog.close();
  };
  dialog.showModal();
}
