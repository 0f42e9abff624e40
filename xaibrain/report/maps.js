// Maps as numbers: unpacked, laid on their scan, read at a point. Nothing here knows of a page.

/** Bytes of a base64 text. */
function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** The value that stands for NaN and infinity in a packed map. */
const MISSING = 65535;

/** A packed map as numbers, row by row; NaN where it is not finite. */
function unpacked(packed) {
  const bytes = bytesOf(packed.codes);
  const codes = new DataView(bytes.buffer);
  const [rows, columns] = packed.shape;
  const values = new Float64Array(rows * columns);
  for (let at = 0; at < values.length; at += 1) {
    const code = codes.getUint16(2 * at, true);
    values[at] = code === MISSING ? NaN : packed.low + packed.step * code;
  }
  return { values, rows, columns, geometry: packed.geometry };
}

/** The axis of a geometry: 0 for rows, 1 for columns. */
function axisOf(geometry, axis) {
  return {
    source: geometry.source[axis],
    from: geometry.crop[axis],
    to: geometry.crop[axis + 2],
    start: geometry.content[axis],
    stop: geometry.content[axis + 2],
    frame: geometry.frame[axis],
  };
}

/**
 * The coordinate among `cells` of a place on the source picture, NaN outside the crop.
 * Bilinear with half-pixel centres; beyond the outermost centre the end value is repeated.
 */
function cellAt(axis, cells, place) {
  if (place < axis.from || place >= axis.to) return NaN;
  const inFrame = axis.start + ((place - axis.from) * (axis.stop - axis.start)) / (axis.to - axis.from);
  return Math.min(Math.max((inFrame * cells) / axis.frame - 0.5, 0), cells - 1);
}

/** For each of `pixels` along an axis: the cell before it and how far it is towards the next; −1 outside. */
function steps(axis, cells, pixels) {
  const lower = new Int32Array(pixels).fill(-1);
  const weight = new Float64Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const cell = cellAt(axis, cells, ((pixel + 0.5) * axis.source) / pixels);
    if (Number.isNaN(cell)) continue;
    lower[pixel] = Math.min(Math.floor(cell), Math.max(cells - 2, 0));
    weight[pixel] = cell - lower[pixel];
  }
  return { lower, weight };
}

function between(first, second, weight) {
  // A cell that takes no part may be NaN without harm.
  if (weight === 0) return first;
  return weight === 1 ? second : first + (second - first) * weight;
}

function interpolated(map, row, down, column, across) {
  const { values, columns, rows } = map;
  const above = row * columns;
  const below = Math.min(row + 1, rows - 1) * columns;
  const right = Math.min(column + 1, columns - 1);
  const upper = between(values[above + column], values[above + right], across);
  const lower = down === 0 ? upper : between(values[below + column], values[below + right], across);
  return between(upper, lower, down);
}

/** The map on a picture of height × width pixels, raw; 0 where the model saw nothing. */
function laidOn(map, height, width) {
  const down = steps(axisOf(map.geometry, 0), map.rows, height);
  const across = steps(axisOf(map.geometry, 1), map.columns, width);
  const laid = new Float32Array(height * width);
  for (let row = 0, at = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1, at += 1) {
      if (down.lower[row] < 0 || across.lower[column] < 0) continue;
      laid[at] = interpolated(map, down.lower[row], down.weight[row], across.lower[column], across.weight[column]);
    }
  }
  return laid;
}

/** The raw value at the centre of a pixel of the source picture; 0 where the model saw nothing. */
function valueAt(map, row, column) {
  const vertical = cellAt(axisOf(map.geometry, 0), map.rows, row + 0.5);
  const horizontal = cellAt(axisOf(map.geometry, 1), map.columns, column + 0.5);
  if (Number.isNaN(vertical) || Number.isNaN(horizontal)) return 0;
  const above = Math.min(Math.floor(vertical), Math.max(map.rows - 2, 0));
  const before = Math.min(Math.floor(horizontal), Math.max(map.columns - 2, 0));
  return interpolated(map, above, vertical - above, before, horizontal - before);
}
