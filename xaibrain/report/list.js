// The list of scans and volumes: a light shell each, filled when it comes near the window and emptied when it is far away.

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

/** The places of an item's scans that pass; those of a volume are its slices. */
function passing(item, given) {
  return item.scans.flatMap((number, place) => (passes(index.scans[number], given) ? [place] : []));
}

/** How sure the model is of an item: of a volume, of the slice that it is least sure of. */
function surenessOf(item) {
  return Math.min(...item.scans.map((number) => Math.max(0, ...Object.values(index.scans[number].probabilities))));
}

class Card {
  /** The shell of an item; `open` shows it large. */
  constructor(item, open) {
    this.item = item;
    this.open = open;
    this.panels = [];
    this.filled = false;
    this.place = firstLook(item);
    const look = element("button", { type: "button", class: "name" }, item.name);
    look.addEventListener("click", () => open(item, this.place, 0));
    this.verdict = element("span");
    this.words = element("div");
    this.room = element("div", { class: "panels" });
    this.side = element("div", { class: "card-words" }, element("header", {}, element("h3", {}, look), this.verdict), this.words);
    this.shell = element("article", { class: "card" }, this.side);
    if (item.scans.some((number) => index.scans[number].maps.length)) this.shell.append(this.room);
    if (isVolume(item)) {
      this.strip = new Strip(item, (place) => this.go(place));
      this.side.append(this.strip.room);
    }
    this.shell.card = this;
    this.say();
  }

  get number() { return this.item.scans[this.place]; }

  get entry() { return index.scans[this.number]; }

  /** Say what is known of the scan that is shown. */
  say() {
    const { label, predicted, errors } = this.entry;
    const verdict = verdictOf(this.entry);
    this.verdict.replaceWith(verdict);
    this.verdict = verdict;
    const answer = pairs([["Predicted", predicted], ["Truly", label]]);
    this.words.replaceChildren(answer, probabilityBars(this.entry, false), ...errors.map((error) => element("p", { class: "worry" }, error)));
  }

  /** Show another slice. */
  go(place) {
    if (place === this.place) return;
    this.place = place;
    this.say();
    if (this.filled) this.read();
  }

  /** Read, decode and paint. */
  async fill(settings) {
    if (this.filled || !this.room.isConnected) return;
    this.filled = true;
    this.settings = settings;
    await this.read();
  }

  async read() {
    const { number } = this;
    const scan = await loaded(number);
    // It may have left again while its scan was decoded, or another slice have come.
    if (!this.filled || this.number !== number) return;
    const large = (at) => () => this.open(this.item, this.place, at);
    const maps = scan.maps.map((map, at) => panelOf(scan, map, this.entry.name, large(at)));
    this.panels = [plainPanel(scan, large(0)), ...maps];
    this.room.replaceChildren(...this.panels);
    this.paint(this.settings);
  }

  paint(settings) {
    this.settings = settings;
    for (const panel of this.panels) {
      const method = panel.dataset.method;
      panel.hidden = method === undefined ? !settings.plain : !settings.methods.has(Number(method));
      if (!panel.hidden) panel.paint(settings);
    }
    const { maps } = this.entry;
    this.strip?.show(this.place, maps.find((map) => settings.methods.has(map.method)) ?? maps[0]);
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
    this.cards = index.items.map((item) => new Card(item, open));
    this.items = [];
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

  /** Show the items that the filters let through, in the order that is asked for. */
  filter() {
    const given = new FormData(this.form);
    const found = this.cards.map((card) => ({ card, places: passing(card.item, given) })).filter(({ places }) => places.length);
    const way = { unsure: 1, sure: -1 }[given.get("order")];
    if (way) found.sort((a, b) => way * (surenessOf(a.card.item) - surenessOf(b.card.item)));
    for (const { card, places } of found) if (!places.includes(card.place)) card.go(places[0]);
    this.items = found.map(({ card }) => card.item);
    this.room.replaceChildren(...found.map(({ card }) => card.shell));
    const all = countOf(index.items);
    const some = index.items.some(isVolume) ? countOf(this.items) : this.items.length.toLocaleString("en");
    const said = this.items.length === index.items.length ? all : `${some} of ${all}`;
    byId("count").textContent = this.items.length ? said : "No scan passes these filters.";
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
