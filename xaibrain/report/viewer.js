// One scan or slice, large: swipe between scan and map, the value at a point, all that is known of it.

class Viewer {
  /** `settings` returns those of the form; `items` what to leaf through. */
  constructor(settings, items) {
    this.settings = settings;
    this.items = items;
    this.dialog = byId("viewer");
    this.stage = byId("stage");
    this.canvas = byId("large");
    this.point = null;
    byId("previous").addEventListener("click", () => this.turn(-1));
    byId("next").addEventListener("click", () => this.turn(1));
    byId("close").addEventListener("click", () => this.dialog.close());
    byId("swipe").addEventListener("input", () => this.paint());
    this.stage.addEventListener("pointermove", (event) => this.pointAt(event));
    this.stage.addEventListener("pointerdown", (event) => this.pointAt(event));
    this.stage.addEventListener("keydown", (event) => this.walk(event));
    this.stage.addEventListener("wheel", (event) => this.roll(event), { passive: false });
    this.dialog.addEventListener("keydown", (event) => this.key(event));
  }

  /** Show an item, the slice at a place of it, and there the map of a number. */
  async open(item, place, at) {
    this.item = item;
    this.strip = isVolume(item) ? new Strip(item, (to) => this.go(to)) : null;
    byId("strip").replaceChildren(...(this.strip ? [this.strip.room] : []));
    const here = this.items().indexOf(item);
    byId("previous").disabled = here <= 0;
    byId("next").disabled = here === this.items().length - 1;
    if (!this.dialog.open) {
      this.dialog.showModal();
      byId("viewer-title").focus();
    }
    if (await this.load(place)) this.choose(Math.min(at, Math.max(this.scan.maps.length - 1, 0)));
  }

  /** Show another slice of the volume, by the same method and for the same class where it has that map. */
  async go(place) {
    if (!this.strip || place === this.place || place < 0 || place >= this.item.scans.length) return;
    const before = this.map;
    if (!await this.load(place)) return;
    const alike = (map) => map.method === before?.method;
    const same = this.scan.maps.findIndex((map) => alike(map) && map.target === before.target);
    this.choose(Math.max(same < 0 ? this.scan.maps.findIndex(alike) : same, 0));
  }

  /** Read the scan at a place of the item; false if another one was asked for meanwhile. */
  async load(place) {
    const number = this.item.scans[place];
    Object.assign(this, { place, number, entry: index.scans[number], scan: null });
    byId("viewer-title").textContent = this.entry.name;
    const scan = await loaded(number);
    if (this.number !== number) return false;
    this.scan = scan;
    this.choices();
    return true;
  }

  /** A button a map. */
  choices() {
    const made = this.scan.maps.map((map, at) => {
      const name = index.methods[map.method].name;
      const several = this.scan.maps.filter((other) => other.method === map.method).length > 1;
      const button = element("button", { type: "button", class: "quiet" }, several ? `${name}: ${map.target}` : name);
      button.addEventListener("click", () => this.choose(at));
      return button;
    });
    byId("choices").replaceChildren(...made);
  }

  choose(at) {
    this.at = at;
    this.map = this.scan.maps[at] ?? null;
    [...byId("choices").children].forEach((button, place) => button.setAttribute("aria-pressed", String(place === at)));
    this.canvas.setAttribute("aria-label", this.map ? described(this.map, this.entry.name) : `${this.entry.name}, no map`);
    const edges = this.scan.edges ?? {};
    this.stage.querySelectorAll("[data-edge]").forEach((mark) => { mark.textContent = edges[mark.dataset.edge] ?? ""; });
    byId("facts").replaceChildren(...this.facts());
    this.strip?.show(this.place, this.map);
    this.paint();
    this.read();
  }

  paint() {
    if (!this.scan) return;
    const swipe = Number(byId("swipe").value) / 100;
    const settings = this.settings();
    paintInto(this.canvas, this.scan, this.map, settings, Math.round(swipe * this.scan.pixels.width));
    this.stage.style.setProperty("--swipe", swipe);
    this.stage.style.setProperty("--shape", shapeOf(this.scan));
    const bar = this.dialog.querySelector(".bar");
    bar.hidden = !this.map || !isPaintable(this.map, settings);
    if (bar.hidden) return;
    [byId("bar-low").textContent, byId("bar-high").textContent] = endsOfBar(this.map, settings);
    drawRamp(byId("bar"), tables[settings.colours]);
  }

  pointAt(event) {
    if (!this.map) return;
    this.point = placeUnder(event, this.canvas, this.map.geometry.source);
    this.read();
  }

  /** Say what the map is at the point. */
  read() {
    const cross = byId("cross");
    const shows = this.point && this.map;
    byId("probe").textContent = shows ? toldAt(this.map, this.point) : "";
    cross.hidden = !shows;
    if (!shows) return;
    const [height, width] = this.map.geometry.source;
    cross.style.setProperty("--row", (this.point[0] + 0.5) / height);
    cross.style.setProperty("--column", (this.point[1] + 0.5) / width);
  }

  /** Move the point by keys; with Shift, in larger steps. */
  walk(event) {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!way || !this.map) return;
    event.preventDefault();
    const { source } = this.map.geometry;
    const step = event.shiftKey ? 10 : 1;
    const from = this.point ?? this.map.peak ?? source.map((side) => side >> 1);
    this.point = [0, 1].map((axis) => Math.min(Math.max(from[axis] + step * way[axis], 0), source[axis] - 1));
    this.read();
  }

  /** Walk through the slices with the wheel: one for a notch, or for a finger's breadth on a pad. */
  roll(event) {
    if (!this.strip || event.ctrlKey) return;
    event.preventDefault();
    this.rolled = (this.rolled ?? 0) + event.deltaY * (event.deltaMode ? 40 : 1);
    if (Math.abs(this.rolled) < 40) return;
    this.go(this.place + Math.sign(this.rolled));
    this.rolled = 0;
  }

  key(event) {
    // Space presses a button, letters are letters in a field, and arrows belong to the stage and to sliders.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = { n: () => this.turn(1), p: () => this.turn(-1), m: () => this.choose((this.at + 1) % Math.max(this.scan.maps.length, 1)) };
    const act = this.scan && acts[event.key.toLowerCase()];
    const taken = event.target === this.stage || event.target instanceof HTMLInputElement;
    const slice = { PageUp: -1, PageDown: 1, ...(taken ? {} : { ArrowUp: -1, ArrowDown: 1 }) }[event.key];
    if (act) act();
    else if (slice && this.strip) {
      event.preventDefault();
      this.go(this.place + slice);
    } else if (event.key === " " && !(event.target instanceof HTMLButtonElement)) {
      event.preventDefault();
      const swipe = byId("swipe");
      swipe.value = swipe.value === "100" ? "0" : "100";
      this.paint();
    }
  }

  /** Show the next item, or the one before. */
  turn(by) {
    const items = this.items();
    const next = items[items.indexOf(this.item) + by];
    if (next) this.open(next, firstLook(next), this.at ?? 0);
  }

  facts() {
    const { scan, map, entry } = this;
    const lines = [element("div", { class: "facts-head" }, verdictOf(entry)), probabilityBars(entry, true)];
    if (map) lines.push(...this.mapFacts(map));
    lines.push(element("h3", {}, "The scan"), pairs([
      ["True class", entry.label], ["Size", map && `${map.geometry.source[0]} × ${map.geometry.source[1]} pixels`],
      ["Spacing", scan.spacing && `${scan.spacing.map((side) => told3(side)).join(" × ")} mm`],
      ["Edges", scan.edges && `left ${scan.edges.left}, right ${scan.edges.right}`],
      ["Source", scan.source], ["SHA-256", scan.sha256 && element("span", { class: "digest" }, scan.sha256)],
    ]));
    return [...lines, ...entry.errors.map((error) => element("p", { class: "worry" }, error))];
  }

  mapFacts(map) {
    const method = index.methods[map.method];
    const worries = map.worries.map((worry) => element("p", { class: "worry" }, `Doubtful: ${worry}.`));
    return [element("h3", {}, "The map"), ...worries, pairs([
      ["Explains", map.target], ["Method", method.name], ["Layer", method.layer], ["Cells", `${map.rows} × ${map.columns}`],
      ["Status", index.meaning[map.status] ?? map.status],
      ["Strongest", map.peak && `${told(map.peak[2])} at row ${map.peak[0]}, column ${map.peak[1]}`],
      ...map.notes,
    ])];
  }
}

const told3 = (value) => Number(value.toPrecision(3)).toString();
