// Keys, clickers (which are keys), mouse and fingers; all of them do one of the deck's actions.

const ACTIONS = {
  " ": "goOn", ArrowRight: "goOn", ArrowDown: "goOn", PageDown: "goOn", Enter: "goOn",
  ArrowLeft: "back", ArrowUp: "back", PageUp: "back", Backspace: "back",
  Home: "first", End: "last",
  l: "toggleLoop", r: "replay", c: "toggleCaptions", f: "toggleFullScreen", m: "toggleMotion",
  n: "openNotes", o: "openOverview", h: "openHelp", "?": "openHelp", b: "toggleBlank", ".": "toggleBlank",
  "+": "faster", "=": "faster", "-": "slower", "−": "slower",
};
const TYPING = 700; // milliseconds within which digits make one number
const SWIPE = 40; // pixels

function keyHandler(actions, count) {
  let typed = "";
  let timer = 0;
  let jumped = -Infinity;
  const jump = () => {
    clearTimeout(timer);
    actions.jump(Number(typed) - 1);
    typed = "";
    jumped = performance.now();
  };
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (/^\d$/.test(event.key)) {
      typed += event.key;
      clearTimeout(timer);
      if (Number(typed) * 10 > count) jump(); else timer = setTimeout(jump, TYPING);
      return;
    }
    if (event.key === "Enter" && typed) { event.preventDefault(); jump(); return; }
    if (event.key === "Enter" && performance.now() - jumped < 2 * TYPING) return; // it ended a number
    const presses = [" ", "Enter"].includes(event.key) && event.target.closest?.("button");
    const action = ACTIONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || presses) return;
    event.preventDefault();
    actions[action]();
  };
}

function listenToHands(stage, actions) {
  let down = null;
  stage.addEventListener("pointerdown", (event) => { down = event.isPrimary && event.button === 0 ? event : null; });
  stage.addEventListener("pointercancel", () => { down = null; });
  stage.addEventListener("pointerup", (event) => {
    if (!down) return;
    const across = event.clientX - down.clientX;
    const goesBack = Math.abs(across) > SWIPE ? across > 0 : event.clientX < stage.clientWidth / 4;
    down = null;
    actions[goesBack ? "back" : "goOn"]();
  });
  document.querySelectorAll("[data-do]").forEach((button) => {
    button.addEventListener("click", () => actions[button.dataset.do]());
  });
  // Space is for going on: a button that was clicked must not keep it. One reached by Tab does.
  document.getElementById("bar").addEventListener("click", (event) => {
    if (event.detail > 0) document.activeElement.blur();
  });
}
