// The notes: a window for the lecturer's own screen. Its keys work as those of the film do.

class Notes {
  constructor(player, onKey) { Object.assign(this, { player, onKey, window: null }); }

  open() {
    const opened = window.open("", "em-film-notes", "popup,width=760,height=720");
    if (!opened) { tell("The browser blocked the notes. Allow pop-up windows for this file."); return; }
    if (opened !== this.window) {
      opened.addEventListener("keydown", this.onKey);
      opened.setInterval(() => this.tick(), 500);
      this.since = Date.now();
    }
    this.window = opened;
    const page = opened.document;
    page.documentElement.lang = "en";
    page.title = `Notes: ${document.title}`;
    page.head.replaceChildren(page.importNode(document.querySelector("style"), true), page.querySelector("title"));
    page.body.className = "notes";
    this.update();
    opened.focus();
  }

  update() {
    if (!this.window || this.window.closed) return;
    const { index, sections, section } = this.player;
    const next = sections[index + 1];
    const clock = element("span", { className: "clock" });
    const parts = [
      element("header", {}, element("span", {}, `${index + 1} of ${sections.length}`), clock),
      element("h1", {}, section.name),
      ...section.sentences.map((sentence) => element("p", {}, sentence)),
    ];
    if (section.formula) {
      parts.push(element("img", { className: "formula", src: section.formula.picture, alt: section.formula.text }));
    }
    if (section.numbers.length) parts.push(numbersTable(section.numbers));
    const pictures = [figure("now", section), ...(next ? [figure("next", next)] : [])];
    parts.push(element("div", { className: "pictures" }, ...pictures));
    this.window.document.body.replaceChildren(element("main", {}, ...parts));
    this.tick();
  }

  tick() {
    const clock = this.window.document.querySelector(".clock");
    const seconds = Math.floor((Date.now() - this.since) / 1000);
    const passed = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (clock) clock.textContent = `${new Date().toLocaleTimeString([], { timeStyle: "short" })} · ${passed}`;
  }
}

function numbersTable(numbers) {
  const rows = numbers.map(([name, value]) => {
    const head = element("th", { scope: "row" }, name);
    return element("tr", {}, head, element("td", {}, value));
  });
  return element("table", {}, element("tbody", {}, ...rows));
}

function figure(word, section) {
  const picture = element("img", { src: section.thumbnail, alt: "" });
  return element("figure", {}, picture, element("figcaption", {}, `${word}: ${section.name}`));
}
