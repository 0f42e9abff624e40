// Items: a scan, or a volume with its slices, how much speaks for a class in each, and a strip to walk along them.

const isVolume = (item) => item.scans.length > 1;

/** The evidence in each slice of a volume by the method and for the class of a map; null where it has none. */
function evidenceOf(item, { method, target }) {
  return item.scans.map((number) => {
    const same = index.scans[number].maps.find((map) => map.method === method && map.target === target);
    return same?.evidence ?? null;
  });
}

/** Places among the slices, that with the most evidence first; those without any are left out. */
function rankedOf(evidence) {
  const places = evidence.map((_, place) => place).filter((place) => evidence[place] > 0);
  return places.sort((a, b) => evidence[b] - evidence[a] || a - b);
}

/** Where to look first: the slice with the most evidence by the first map there is. */
function firstLook(item) {
  const map = item.scans.flatMap((number) => index.scans[number].maps)[0];
  return map && isVolume(item) ? rankedOf(evidenceOf(item, map))[0] ?? 0 : 0;
}

/** A number and what it counts: 1 scan, 2 scans. */
function many(number, one, more = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : more}`;
}

/** How many scans and volumes these items are, in words. */
function countOf(items) {
  const volumes = items.filter(isVolume);
  const slices = volumes.reduce((sum, item) => sum + item.scans.length, 0);
  const says = [];
  if (items.length > volumes.length || !volumes.length) says.push(many(items.length - volumes.length, "scan"));
  if (volumes.length) says.push(`${many(volumes.length, "volume")} of ${many(slices, "slice")}`);
  return says.join(", ");
}

/** A bar of evidence for each slice, a slider along them, and buttons to those with the most. */
class Strip {
  /** `go` is called with the place of the slice that was asked for. */
  constructor(item, go) {
    this.item = item;
    this.go = go;
    this.words = element("p", { class: "strip-words" });
    this.bars = element("div", { class: "bars", "aria-hidden": "true" }, ...item.scans.map(() => element("span")));
    this.slider = element("input", { type: "range", min: 0, max: item.scans.length - 1, step: 1, "aria-label": "Slice" });
    this.where = element("output", { class: "strip-where" });
    this.most = element("span", { class: "most" });
    this.room = element("div", { class: "strip", role: "group", "aria-label": `Slices of ${item.name}` },
      this.words, this.bars, this.slider, element("div", { class: "strip-foot" }, this.where, this.most));
    this.slider.addEventListener("input", () => go(Number(this.slider.value)));
    this.bars.addEventListener("pointerdown", (event) => {
      const box = this.bars.getBoundingClientRect();
      go(Math.min(Math.floor(((event.clientX - box.left) / box.width) * item.scans.length), item.scans.length - 1));
    });
  }

  /** Show where the slice at a place stands by the evidence of a map; the map may be missing. */
  show(place, map) {
    const evidence = map ? evidenceOf(this.item, map) : this.item.scans.map(() => null);
    const [ranked, most] = [rankedOf(evidence), Math.max(0, ...evidence)];
    [...this.bars.children].forEach((bar, at) => {
      bar.style.setProperty("--share", most ? (evidence[at] ?? 0) / most : 0);
      bar.className = at === place ? "here" : "";
    });
    this.words.textContent = map
      ? `Evidence for ${map.target} by ${index.methods[map.method].name}, largest ${told(most)}`
      : "No map of this slice";
    const rank = ranked.indexOf(place);
    const number = this.item.slices[place];
    const standing = rank < 0 ? "no evidence" : `evidence ${told(evidence[place])}, rank ${rank + 1} of ${ranked.length}`;
    this.where.textContent = `Slice ${number}: ${standing}`;
    this.slider.value = place;
    this.slider.setAttribute("aria-valuetext", this.where.textContent);
    this.name(ranked.slice(0, 3), place);
  }

  /** Offer the slices with the most evidence. */
  name(places, here) {
    const told = places.join();
    if (this.offered !== told) {
      this.offered = told;
      this.most.replaceChildren(...(places.length ? ["Most in "] : []), ...places.map((place) => {
        const button = element("button", { type: "button", class: "quiet" }, `${this.item.slices[place]}`);
        button.setAttribute("aria-label", `Slice ${this.item.slices[place]}`);
        button.addEventListener("click", () => this.go(place));
        return button;
      }));
    }
    [...this.most.children].forEach((button, at) => button.setAttribute("aria-pressed", String(places[at] === here)));
  }
}
