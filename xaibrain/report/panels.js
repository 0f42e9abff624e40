// Pieces of a page: elements, a scan's data and pixels, the panel of a map, the bars of probabilities.

/** An element with attributes and children; texts stay texts. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const byId = (id) => document.getElementById(id);

/** What the page knows of all scans. */
const index = JSON.parse(byId("index").textContent);
const tables = Object.fromEntries(Object.entries(index.colours).map(([name, text]) => [name, bytesOf(text)]));

/** The block of one scan, with its maps as numbers and its pixels; read when it is looked at. */
async function loaded(number) {
  const block = JSON.parse(byId(`scan-${number}`).textContent);
  const { ends } = index.items.find((item) => item.scans.includes(number));
  const maps = block.maps.map((packed, at) => {
    const told = index.scans[number].maps[at];
    const scales = { shared: index.methods[told.method], volume: ends[told.method] };
    return { ...packed, ...unpacked(packed), ...told, scales };
  });
  return { ...block, maps, pixels: await pixelsOf(block) };
}

async function pixelsOf(block) {
  const [height, width] = block.size ?? [1, 1];
  if (block.webp === null) return grey(width, height);
  const picture = new Image();
  picture.src = `data:image/webp;base64,${block.webp}`;
  await picture.decode();
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/** What stands for a scan that the report does not hold. */
function grey(width, height) {
  const picture = new ImageData(width, height);
  for (let at = 0; at < picture.data.length; at += 4) picture.data.set([40, 40, 44, 255], at);
  return picture;
}

/** The map on the pixels of its scan; computed once. */
function laid(map, pixels) {
  map.laid ??= laidOn(map, pixels.height, pixels.width);
  return map.laid;
}

/** Width through height of a scan as it lies in the patient, where its pixels' size is known. */
function shapeOf({ pixels, spacing }) {
  const [down, across] = spacing ?? [1, 1];
  return (pixels.width * across) / (pixels.height * down);
}

/** Paint a map of a scan, or the scan alone, into a canvas. */
function paintInto(canvas, scan, map, settings, first = 0) {
  const { pixels } = scan;
  canvas.width = pixels.width;
  canvas.height = pixels.height;
  canvas.style.setProperty("--shape", shapeOf(scan));
  const end = map ? endOfScale(map, settings) : 0;
  const shows = map && isPaintable(map, settings) && end > 0;
  const picture = shows ? painted(pixels, laid(map, pixels), end, settings, tables[settings.colours], first) : pixels;
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

/** What a screen reader is told of a map. */
function described(map, name) {
  const method = index.methods[map.method];
  const peak = map.peak ? `; strongest at row ${map.peak[0]}, column ${map.peak[1]}: ${told(map.peak[2])}` : "";
  return `${method.name} for ${map.target} on ${name}, ${map.status}${peak}`;
}

/** Both ends of the scale of a map, as text. */
function endsOfBar(map, settings) {
  const end = endOfScale(map, settings);
  return [settings.colours === SIGNED ? told(-end) : "0", told(end)];
}

/** The place on the scan under a pointer, in pixels of the picture that was explained. */
function placeUnder(event, canvas, source) {
  const box = canvas.getBoundingClientRect();
  const [row, column] = [
    Math.floor(((event.clientY - box.top) / box.height) * source[0]),
    Math.floor(((event.clientX - box.left) / box.width) * source[1]),
  ];
  return row >= 0 && column >= 0 && row < source[0] && column < source[1] ? [row, column] : null;
}

/** What is said of a point of a map. */
function toldAt(map, [row, column]) {
  return `row ${row} · column ${column} · ${told(valueAt(map, row, column))}`;
}

/** A scan with a map over it, its name, its scale and the value under the pointer. */
function panelOf(scan, map, name, open) {
  const method = index.methods[map.method];
  const canvas = element("canvas", { role: "img", "aria-label": described(map, name) });
  const value = element("span", { class: "value" });
  const [low, high, bar] = [element("span"), element("span"), element("canvas", { width: 256, height: 1, "aria-hidden": "true" })];
  const scale = element("div", { class: "bar" }, low, bar, high);
  const why = element("p", { class: "why" });
  const frame = element("div", { class: "frame" }, canvas, why, value);
  const caption = element("figcaption", {}, element("strong", {}, method.name), element("span", {}, `for ${map.target}`), scale);
  const panel = element("figure", { class: "panel", "data-method": map.method }, frame, caption);
  if (map.worries.length) caption.append(element("p", { class: "worry" }, `Doubtful: ${map.worries.join("; ")}.`));
  frame.addEventListener("click", open);
  canvas.addEventListener("pointermove", (event) => {
    const place = placeUnder(event, canvas, map.geometry.source);
    value.textContent = place ? toldAt(map, place) : "";
  });
  canvas.addEventListener("pointerleave", () => { value.textContent = ""; });
  panel.paint = (settings) => {
    const shows = isPaintable(map, settings);
    paintInto(canvas, scan, map, settings);
    why.textContent = shows ? "" : index.meaning[map.status] ?? map.status;
    scale.hidden = !shows;
    if (!shows) return;
    [low.textContent, high.textContent] = endsOfBar(map, settings);
    drawRamp(bar, tables[settings.colours]);
  };
  return panel;
}

/** The scan without any map. */
function plainPanel(scan, open) {
  const canvas = element("canvas", { role: "img", "aria-label": "the scan alone" });
  const missing = scan.webp === null ? "The scan is not in this report." : "";
  const frame = element("div", { class: "frame" }, canvas, element("p", { class: "why" }, missing));
  const panel = element("figure", { class: "panel plain" }, frame, element("figcaption", {}, element("strong", {}, "scan")));
  frame.addEventListener("click", open);
  panel.paint = (settings) => paintInto(canvas, scan, null, settings);
  return panel;
}

/** The probabilities of a scan as bars; `marked` says in words which class is predicted and which is true. */
function probabilityBars(entry, marked) {
  const rows = Object.entries(entry.probabilities).map(([name, share]) => {
    const bar = element("span", { class: "share" });
    bar.style.setProperty("--share", share);
    const marks = [name === entry.predicted && "predicted", name === entry.label && "true"].filter(Boolean);
    return element("li", { class: marks.join(" ") },
      element("span", { class: "class" }, name, marked && marks.length ? element("small", {}, marks.join(", ")) : null),
      bar, element("span", { class: "number" }, share.toFixed(2)));
  });
  return element("ul", { class: "probabilities", "aria-label": "Probabilities" }, ...rows);
}

/** Right or wrong, in a word with its colour. */
function verdictOf(entry) {
  const told = { true: ["right", "right"], false: ["wrong", "wrong"], null: ["unknown", "true class unknown"] };
  const [kind, words] = entry.errors.length && !entry.maps.length ? ["failed", "not explained"] : told[entry.right];
  return element("span", { class: `verdict ${kind}` }, words);
}
