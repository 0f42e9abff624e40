// The list of scans: a light shell each, filled when it comes near the window and emptied when it is far away.

/** The settings of the form, as the painters understand them. */
function settingsOf(form) {
  const given = new FormData(form);
  return {
    colours: given.get("colours"),
    opacity: Number(given.get("opacity")) / 100,
    threshold: Number(given.get("threshold")) / 100,
    scale: given.get("scale"),
    size: given.get("size"),
    plain: given.has("plain"),
    methods: new Set(given.getAll("method").map(Number)),
  };
}

/** Whether a scan passes the filters of the form. */
function passes(entry, given) {
  const answer = { true: "right", false: "wrong", null: "unknown" }[entry.right];
  const states = new Set(entry.maps.map((map) => map.status));
  if (entry.maps.some((map) => map.worries.length)) states.add("doubtful");
  if (entry.errors.length) states.add("failed");
  return (!given.get("label") || entry.label === given.get("label"))
    && (!given.get("predicted") || entry.predicted === given.get("predicted"))
    && (!given.get("answer") || answer === given.get("answer"))
    && (!given.get("status") || states.has(given.get("status")));
}

const surenessOf = (entry) => Math.max(0, ...Object.values(entry.probabilities));

/** The numbers of the scans that are asked for, in the order that is asked for. */
function chosen(form) {
  const given = new FormData(form);
  const numbers = index.scans.map((_, number) => number).filter((number) => passes(index.scans[number], given));
  const way = { unsure: 1, sure: -1 }[given.get("order")];
  return way ? numbers.sort((a, b) => way * (surenessOf(index.scans[a]) - surenessOf(index.scans[b]))) : numbers;
}

class Card {
  /** The shell of a scan; `open` shows it large. */
  constructor(number, open) {
    this.number = number;
    this.entry = index.scans[number];
    this.open = open;
    this.panels = [];
    this.filled = false;
    const look = element("button", { type: "button", class: "name" }, this.entry.name);
    look.addEventListener("click", () => open(number, 0));
    this.room = element("div", { class: "panels" });
    const head = element("header", {}, element("h3", {}, look), verdictOf(this.entry), ...this.answer());
    const errors = this.entry.errors.map((error) => element("p", { class: "worry" }, error));
    this.shell = element("article", { class: "card" }, element("div", { class: "card-words" }, head, probabilityBars(this.entry, false), ...errors));
    if (this.entry.maps.length) this.shell.append(this.room);
    this.shell.card = this;
  }

  answer() {
    const { label, predicted } = this.entry;
    const lines = [];
    if (predicted) lines.push(["Predicted", predicted]);
    if (label) lines.push(["Truly", label]);
    return [element("dl", {}, ...lines.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]))];
  }

  /** Read, decode and paint. */
  async fill(settings) {
    if (this.filled || !this.entry.maps.length) return;
    this.filled = true;
    const scan = await loaded(this.number);
    // It may have left again while its scan was decoded.
    if (!this.filled) return;
    const maps = scan.maps.map((map, at) => panelOf(scan, map, this.entry.name, () => this.open(this.number, at)));
    this.panels = [plainPanel(scan, () => this.open(this.number, 0)), ...maps];
    this.room.replaceChildren(...this.panels);
    this.paint(settings);
  }

  paint(settings) {
    for (const panel of this.panels) {
      const method = panel.dataset.method;
      panel.hidden = method === undefined ? !settings.plain : !settings.methods.has(Number(method));
      if (!panel.hidden) panel.paint(settings);
    }
  }

  /** Give the memory back; the room keeps its height, so that nothing jumps. */
  empty() {
    if (!this.filled) return;
    this.filled = false;
    if (!this.panels.length) return;
    this.room.style.minHeight = `${this.room.offsetHeight}px`;
    this.panels = [];
    this.room.replaceChildren();
  }
}

class List {
  constructor(room, form, open) {
    this.room = room;
    this.form = form;
    this.cards = index.scans.map((_, number) => new Card(number, open));
    this.numbers = [];
    this.near = new IntersectionObserver((entries) => this.crossed(entries), { rootMargin: "800px 0px" });
    this.cards.forEach((card) => this.near.observe(card.shell));
  }

  crossed(entries) {
    const settings = settingsOf(this.form);
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) target.card.fill(settings);
      else target.card.empty();
    }
  }

  /** Show the scans that the filters let through. */
  filter() {
    this.numbers = chosen(this.form);
    this.room.replaceChildren(...this.numbers.map((number) => this.cards[number].shell));
    const all = index.scans.length;
    const said = this.numbers.length === all ? `${all.toLocaleString("en")} scans` : `${this.numbers.length.toLocaleString("en")} of ${all.toLocaleString("en")} scans`;
    byId("count").textContent = this.numbers.length ? said : "No scan passes these filters.";
  }

  /** Paint anew what is filled, once before the next frame however often it is asked. */
  paint() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      const settings = settingsOf(this.form);
      for (const card of this.cards) {
        card.room.style.minHeight = "";
        card.paint(settings);
      }
    });
  }
}
