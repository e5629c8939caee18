import { s } from '../dom.js';
import type { Picture, Slice } from './slices.js';
import type { Viewport } from './viewport.js';

export const GUTTER = 48;
const RULER = 12;
export const ROW = 20;
const GAP = 8;
/** Width of a letter of the labels, about. */
const LETTER = 6.7;

const isLoud = (slice: Slice): boolean =>
  slice.kind === 'refused' || slice.kind === 'overlap' || slice.kind === 'missed' || slice.kind === 'fault';

export interface Scene {
  readonly picture: Picture;
  readonly viewport: Viewport;
  readonly width: number;
  readonly cursor: number;
  /** Where two runs differ first. */
  readonly difference: number | undefined;
}

/** Where the row of an event begins that has a box, or whose box is open then, the innermost; undefined if it is not drawn. */
export function topOf({ lanes, slices }: Picture, event: number): number | undefined {
  const at = slices.findLast((slice) => slice.from <= event && event < slice.to);
  if (at === undefined) return undefined;
  const above = lanes.filter(({ cpu }) => cpu < at.cpu);
  return heightOf({ slices, lanes: above }) + at.row * ROW;
}

export function heightOf(picture: Picture): number {
  return RULER + picture.lanes.reduce((sum, lane) => sum + lane.rows * ROW + GAP, 0);
}

function shortened(label: string, width: number): string {
  const letters = Math.floor((width - 6) / LETTER);
  if (letters < 2) return '';
  return label.length <= letters ? label : `${label.slice(0, letters - 1)}…`;
}

/** A box, and its label, which is drawn above all boxes and the cursor. */
interface Drawn {
  readonly box: SVGElement;
  readonly label: SVGElement | undefined;
}

function drawn(slice: Slice, x: number, y: number, width: number): Drawn {
  const shown = isLoud(slice) ? Math.max(width, 3) : width;
  const text = shortened(slice.label, shown);
  return {
    box: s(
      'g',
      { class: `slice ${slice.kind}`, 'data-from': slice.from },
      s('title', {}, slice.label),
      s('rect', { x, y: y + 1, width: Math.max(1, shown - 1), height: ROW - 2, rx: 2 }),
    ),
    label: text === '' ? undefined : s('text', { class: `label ${slice.kind}`, x: x + 4, y: y + 14 }, text),
  };
}

/** Boxes of one lane; what would be narrower than a pixel is left out, but no refusal is. */
function laneBoxes(scene: Scene, cpu: number, top: number, scale: number): Drawn[] {
  const { viewport, picture, width } = scene;
  const quiet: Drawn[] = [];
  const loud: Drawn[] = [];
  const known = new Set<number>();
  for (const slice of picture.slices) {
    if (slice.cpu !== cpu || slice.to <= viewport.from || slice.from >= viewport.to) continue;
    const x = GUTTER + Math.max(0, (slice.from - viewport.from) * scale);
    const end = Math.min(width, GUTTER + (slice.to - viewport.from) * scale);
    const y = top + slice.row * ROW;
    if (isLoud(slice)) {
      // One box for each pixel is enough.
      const pixel = Math.floor(x) * 4096 + slice.row;
      if (!known.has(pixel)) loud.push(drawn(slice, x, y, end - x));
      known.add(pixel);
    } else if (end - x >= 1) quiet.push(drawn(slice, x, y, end - x));
  }
  return [...quiet, ...loud];
}

function column(scene: Scene, at: number, className: string): SVGElement | undefined {
  const { viewport, width, picture } = scene;
  // Where nothing has happened there is nothing to point at.
  if (at + 1 <= viewport.from || at >= viewport.to || picture.slices.length === 0) return undefined;
  const scale = (width - GUTTER) / viewport.span;
  const x = Math.max(GUTTER, GUTTER + (at - viewport.from) * scale);
  return s('rect', { class: className, x, y: 0, width: Math.max(2, scale), height: heightOf(picture) });
}

/** Everything that is seen, as elements to put into the drawing. */
export function drawScene(scene: Scene): Node[] {
  const { picture, viewport, width } = scene;
  const scale = (width - GUTTER) / viewport.span;
  const out: (Node | undefined)[] = [];
  let top = RULER;
  const boxes: Drawn[] = [];
  for (const lane of picture.lanes) {
    const height = lane.rows * ROW;
    out.push(s('rect', { class: 'lane', x: GUTTER, y: top, width: Math.max(0, width - GUTTER), height }));
    out.push(s('text', { class: 'cpu', x: 2, y: top + 14 }, `CPU ${lane.cpu}`));
    boxes.push(...laneBoxes(scene, lane.cpu, top, scale));
    top += height + GAP;
  }
  // Below the boxes; its edges are drawn above them, and labels above all.
  const { difference } = scene;
  if (difference !== undefined) out.push(column(scene, difference, 'difference-back'));
  out.push(column(scene, scene.cursor, 'cursor-back'), ...boxes.map(({ box }) => box));
  for (const slice of picture.slices) {
    if (!isLoud(slice) || slice.from < viewport.from || slice.from >= viewport.to) continue;
    const x = GUTTER + (slice.from - viewport.from) * scale;
    if (scale >= 2) out.push(s('rect', { class: 'tick', x, y: 2, width: Math.max(2, scale - 2), height: 6 }));
  }
  if (difference !== undefined) out.push(column(scene, difference, 'difference'));
  out.push(column(scene, scene.cursor, 'cursor'), ...boxes.map(({ label }) => label));
  return out.filter((n) => n !== undefined);
}
