// Maps as pictures: over a scan, in the colours, the opacity and above the threshold that were chosen.

const SIGNED = "signed";

/** Whether a map can be painted: one that is all negative only in two-sided colours. */
function isPaintable(map, settings) {
  return map.status === "ok" || (map.status === "all-negative" && settings.colours === SIGNED);
}

/** The raw value at the end of the scale that a map is painted on. */
function endOfScale(map, settings) {
  const of = map.scales[settings.scale] ?? map;
  return settings.colours === SIGNED ? of.magnitude : of.top;
}

/**
 * Paint a scan with a map over it: clear where there is no evidence, opaque in proportion to its strength.
 *
 * @param {ImageData} scan
 * @param {Float32Array} laid raw values, one a pixel of the scan
 * @param {number} end raw value that gets the last colour
 * @param {{colours: string, opacity: number, threshold: number}} settings
 * @param {Uint8Array} table 256 colours
 * @param {number} first column from which on the map is laid over the scan
 */
function painted(scan, laid, end, settings, table, first = 0) {
  const picture = new ImageData(new Uint8ClampedArray(scan.data), scan.width, scan.height);
  const pixels = picture.data;
  const signed = settings.colours === SIGNED;
  for (let at = 0, column = 0; at < laid.length; at += 1, column = column + 1 === scan.width ? 0 : column + 1) {
    if (column < first) continue;
    const part = laid[at] / end;
    const strength = Math.min(signed ? Math.abs(part) : Math.max(part, 0), 1);
    if (!(strength > 0) || strength < settings.threshold) continue;
    const level = Math.round(signed ? 127.5 + 127.5 * Math.sign(part) * strength : 255 * strength);
    const opacity = settings.opacity * strength;
    for (let channel = 0; channel < 3; channel += 1) {
      const place = 4 * at + channel;
      pixels[place] = Math.round(pixels[place] * (1 - opacity) + table[3 * level + channel] * opacity);
    }
  }
  return picture;
}

/** Draw the colours from end to end into a canvas of 256 × 1. */
function drawRamp(canvas, table) {
  const picture = new ImageData(256, 1);
  for (let level = 0; level < 256; level += 1) {
    picture.data.set([table[3 * level], table[3 * level + 1], table[3 * level + 2], 255], 4 * level);
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

/** A raw value for people: three digits that count. */
function told(value) {
  if (Number.isNaN(value)) return "not finite";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return (size >= 0.001 && size < 100000 ? Number(value.toPrecision(3)).toString() : value.toExponential(2)).replace("-", "−");
}
