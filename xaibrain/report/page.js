// The page: its words, its controls, its parts, and what happens when they are used.

/** Pairs of a name and what is known of it; what is unknown is left out. */
function pairs(facts) {
  const known = facts.filter(([, value]) => value);
  return element("dl", {}, ...known.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

function tableOf({ caption, columns, rows }) {
  const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.map(([first, ...others]) => element("tr", {},
    element("th", { scope: "row" }, first), ...others.map((cell) => element("td", { class: cell.length > 40 ? "long" : "" }, cell))));
  const table = element("table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...body));
  return element("div", { class: "wide", tabindex: "0", role: "group", "aria-label": caption }, table);
}

function partOf({ id, title, intro, facts, tables: made }) {
  const words = intro.map((line) => element("p", {}, line));
  return element("section", { id, class: "part", "aria-labelledby": `${id}-title` },
    element("h2", { id: `${id}-title` }, title), ...words, facts.length ? pairs(facts) : null, ...made.map(tableOf));
}

/** Show the part that a hash names, the scans without one. */
function showPart(hash) {
  const parts = [...document.querySelectorAll("main > section")];
  const asked = parts.find((part) => `#${part.id}` === hash) ?? parts[0];
  parts.forEach((part) => { part.hidden = part !== asked; });
  byId("tabs").querySelectorAll("a").forEach((link) => {
    if (link.hash === `#${asked.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  });
}

function addParts() {
  document.querySelector("main").append(...index.parts.map(partOf));
  const titles = [["scans", "Scans"], ...index.parts.map((part) => [part.id, part.title])];
  byId("tabs").append(...titles.map(([id, title]) => element("li", {}, element("a", { href: `#${id}` }, title))));
  window.addEventListener("hashchange", () => showPart(location.hash));
  // A page inside another has no address of its own: there its links would lead to those of the other.
  if (location.protocol === "about:") byId("tabs").addEventListener("click", (event) => {
    event.preventDefault();
    showPart(event.target.hash);
  });
  showPart(location.hash);
}

function addOptions(select, all, values) {
  byId(select).append(element("option", { value: "" }, all), ...values.map((value) => element("option", { value }, value)));
}

/** How wide panels may be, in rem, to stand in one row beside the words. */
function roomForEach(panels) {
  const room = byId("list").clientWidth / parseFloat(getComputedStyle(document.documentElement).fontSize) - 18;
  return Math.min(Math.max(Math.floor(2 * ((room + 1) / panels - 1)) / 2, 9), 14);
}

/** Put into the controls what this run has. */
function fillControls() {
  const present = (of) => [...new Set(index.scans.map(of).filter(Boolean))].sort();
  const maps = index.scans.flatMap((scan) => scan.maps);
  const states = [...new Set(maps.map((map) => map.status))];
  if (maps.some((map) => map.worries.length)) states.push("doubtful");
  if (index.scans.some((scan) => scan.errors.length)) states.push("failed");
  byId("colours").append(...Object.keys(index.colours).map((name) => element("option", { value: name }, name === SIGNED ? "signed: against and for" : name)));
  addOptions("label", "any", present((scan) => scan.label));
  addOptions("predicted", "any", present((scan) => scan.predicted));
  addOptions("status", "any", states);
  byId("opacity").defaultValue = String(Math.round(index.opacity * 100));
  byId("plain").defaultChecked = true;
  byId("size").defaultValue = String(roomForEach(index.methods.length + 1));
  // Slices can be compared only on one scale.
  if (index.items.some(isVolume)) byId("scale").value = "volume";
  else byId("scale").querySelector("[value=volume]").remove();
  [...byId("scale").options].forEach((option) => { option.defaultSelected = option.selected; });
  const layers = index.methods.map((method) => method.name);
  byId("methods").append(...index.methods.map((method, number) => {
    const twice = layers.filter((name) => name === method.name).length > 1;
    const box = element("input", { type: "checkbox", name: "method", value: number, checked: true });
    return element("label", { class: "check" }, box, ` ${method.name}${twice && method.layer ? ` @ ${method.layer}` : ""}`);
  }));
}

/** One sentence: how many scans, how many right, how many maps are doubtful. */
function summarise() {
  const count = (test) => index.scans.filter(test).length;
  const maps = index.scans.flatMap((scan) => scan.maps);
  const says = [
    [maps.length, "map"], [count((scan) => scan.right === true), "right", "right"],
    [count((scan) => scan.right === false), "wrong", "wrong"],
    [maps.filter((map) => map.status !== "ok").length, "map that cannot be read", "maps that cannot be read"],
    [maps.filter((map) => map.worries.length).length, "doubtful map"],
    [count((scan) => scan.errors.length), "scan with errors", "scans with errors"],
  ];
  const known = says.filter(([number]) => number > 0).map((said) => many(...said));
  byId("summary").textContent = [countOf(index.items), ...known].join(" · ");
  byId("slices-help").hidden = !index.items.some(isVolume);
  byId("kept").textContent = index.kept;
}

/** Say beside each slider where it stands, and draw the colours. */
function sayControls(settings) {
  byId("opacity-said").textContent = `${Math.round(settings.opacity * 100)} %`;
  byId("threshold-said").textContent = settings.threshold ? `${Math.round(settings.threshold * 100)} % of the scale` : "nothing";
  byId("ramp-low").textContent = settings.colours === SIGNED ? "against" : "0";
  byId("ramp-high").textContent = settings.colours === SIGNED ? "for" : "largest";
  byId("list").style.setProperty("--panel", `${settings.size}rem`);
  drawRamp(byId("ramp"), tables[settings.colours]);
}

/** Automatic, light, dark: in this order, at each press. */
function followTheme() {
  const names = ["automatic", "light", "dark"];
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const next = names[(names.indexOf(root.dataset.theme ?? "automatic") + 1) % names.length];
    root.dataset.theme = next;
    byId("theme-said").textContent = `Theme: ${next}`;
    byId("theme").setAttribute("aria-label", `Theme: ${next}`);
  });
}

function start() {
  fillControls();
  addParts();
  summarise();
  followTheme();
  const form = byId("settings");
  const viewer = new Viewer(() => settingsOf(form), () => list.items);
  const list = new List(byId("list"), form, (item, place, at) => viewer.open(item, place, at));
  const changed = (event) => {
    sayControls(settingsOf(form));
    if (!event || event.type === "reset" || ["label", "predicted", "answer", "status", "order"].includes(event.target.name)) list.filter();
    list.paint();
  };
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The form has its first values again only after the event.
  form.addEventListener("reset", (event) => setTimeout(() => changed(event)));
  if (matchMedia("(max-width: 60rem)").matches) byId("controls").open = false;
  changed();
}

start();
