// One scan, large: swipe between scan and map, the value at a point, all that is known of it.

class Viewer {
  /** `settings` returns those of the form; `numbers` the scans to leaf through. */
  constructor(settings, numbers) {
    this.settings = settings;
    this.numbers = numbers;
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
    this.dialog.addEventListener("keydown", (event) => this.key(event));
  }

  async open(number, at) {
    this.number = number;
    this.entry = index.scans[number];
    this.scan = null;
    byId("viewer-title").textContent = this.entry.name;
    byId("previous").disabled = this.numbers().indexOf(number) <= 0;
    byId("next").disabled = this.numbers().indexOf(number) === this.numbers().length - 1;
    if (!this.dialog.open) {
      this.dialog.showModal();
      byId("viewer-title").focus();
    }
    const scan = await loaded(number);
    // Another one may have been asked for meanwhile.
    if (this.number !== number) return;
    this.scan = scan;
    this.choices();
    this.choose(Math.min(at, Math.max(scan.maps.length - 1, 0)));
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
    this.paint();
    this.read();
  }

  paint() {
    if (!this.scan) return;
    const swipe = Number(byId("swipe").value) / 100;
    const settings = this.settings();
    paintInto(this.canvas, this.scan, this.map, settings, Math.round(swipe * this.scan.pixels.width));
    this.stage.style.setProperty("--swipe", swipe);
    this.stage.style.setProperty("--shape", this.scan.pixels.width / this.scan.pixels.height);
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

  key(event) {
    // Space presses a button, and letters are letters in a field.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = { n: () => this.turn(1), p: () => this.turn(-1), m: () => this.choose((this.at + 1) % Math.max(this.scan.maps.length, 1)) };
    const act = this.scan && acts[event.key.toLowerCase()];
    if (act) act();
    else if (event.key === " " && !(event.target instanceof HTMLButtonElement)) {
      event.preventDefault();
      const swipe = byId("swipe");
      swipe.value = swipe.value === "100" ? "0" : "100";
      this.paint();
    }
  }

  turn(by) {
    const numbers = this.numbers();
    const next = numbers[numbers.indexOf(this.number) + by];
    if (next !== undefined) this.open(next, this.at ?? 0);
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
