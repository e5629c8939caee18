// cspell:ignore idat iend ihdr paeth plte unfilter
import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Makes screenshots small: few colours, one byte for each pixel (PNG specification, sections 5, 9 and 11). */

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function* chunks(png: Buffer): Generator<{ readonly type: string; readonly data: Buffer }> {
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

function paeth(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** Undoes the filters of 8-bit pixels, in place; the rows without their filter bytes. */
function unfilter(raw: Buffer, width: number, height: number, bpp: number): Buffer {
  const stride = width * bpp;
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)]!;
    for (let x = 0; x < stride; x += 1) {
      const a = x >= bpp ? out[y * stride + x - bpp]! : 0;
      const b = y > 0 ? out[(y - 1) * stride + x]! : 0;
      const c = x >= bpp && y > 0 ? out[(y - 1) * stride + x - bpp]! : 0;
      const guess = [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter]!;
      out[y * stride + x] = raw[y * (stride + 1) + 1 + x]! + guess;
    }
  }
  return out;
}

const redOf = (colour: number): number => colour >> 16;
const greenOf = (colour: number): number => (colour >> 8) & 0xff;
const blueOf = (colour: number): number => colour & 0xff;

function nearest(colour: number, palette: readonly number[]): number {
  let best = 0;
  let least = Infinity;
  for (const [i, c] of palette.entries()) {
    const [r, g, b] = [redOf(c) - redOf(colour), greenOf(c) - greenOf(colour), blueOf(c) - blueOf(colour)];
    const distance = r * r + g * g + b * b;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

/** The same picture with its 256 most frequent colours; the few others, at the edges of letters, become the nearest. */
export function smallPng(png: Buffer): Buffer {
  const all = [...chunks(png)];
  const header = all.find((c) => c.type === 'IHDR')!.data;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const bpp = header[9] === 6 ? 4 : 3;
  const packed = Buffer.concat(all.filter((c) => c.type === 'IDAT').map((c) => c.data));
  const pixels = unfilter(inflateSync(packed), width, height, bpp);
  const colourAt = (i: number): number =>
    (pixels[i * bpp]! << 16) | (pixels[i * bpp + 1]! << 8) | pixels[i * bpp + 2]!;
  const counts = new Map<number, number>();
  for (let i = 0; i < width * height; i += 1) {
    const colour = colourAt(i);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 256)
    .map(([colour]) => colour);
  const indices = new Map([...counts.keys()].map((colour) => [colour, nearest(colour, palette)]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let i = 0; i < width * height; i += 1)
    rows[Math.floor(i / width) * (width + 1) + 1 + (i % width)] = indices.get(colourAt(i))!;
  const indexed = Buffer.from(header);
  indexed[8] = 8;
  indexed[9] = 3;
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', indexed),
    chunk('PLTE', Buffer.from(palette.flatMap((c) => [redOf(c), greenOf(c), blueOf(c)]))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
