import { s } from '../dom.js';
import type { Picture, Slice } from './slices.js';
import type { Viewport } from './viewport.js';

export const GUTTER = 48;
const RULER = 12;
const ROW = 20;
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

export function heightOf(picture: Picture): number {
  return RULER + picture.lanes.reduce((sum, lane) => sum + lane.rows * ROW + GAP, 0);
}

function shortened(label: string, width: number): string {
  const letters = Math.floor((width - 6) / LETTER);
  if (letters < 2) return '';
  return label.length <= letters ? label : `${label.slice(0, letters - 1)}…`;
}

function box(slice: Slice, x: number, y: number, width: number): SVGElement {
  const loud = isLoud(slice);
  const shown = loud ? Math.max(width, 3) : width;
  const text = shortened(slice.label, shown);
  return s(
    'g',
    { class: `slice ${slice.kind}`, 'data-from': slice.from },
    s('title', {}, slice.label),
    s('rect', { x, y: y + 1, width: Math.max(1, shown - 1), height: ROW - 2, rx: 2 }),
    text === '' ? undefined : s('text', { x: x + 4, y: y + 14 }, text),
  );
}

/** Boxes of one lane; what would be narrower than a pixel is left out, but no refusal is. */
function laneBoxes(scene: Scene, cpu: number, top: number, scale: number): SVGElement[] {
  const { viewport, picture, width } = scene;
  const quiet: SVGElement[] = [];
  const loud: SVGElement[] = [];
  const drawn = new Set<number>();
  for (const slice of picture.slices) {
    if (slice.cpu !== cpu || slice.to <= viewport.from || slice.from >= viewport.to) continue;
    const x = GUTTER + Math.max(0, (slice.from - viewport.from) * scale);
    const end = Math.min(width, GUTTER + (slice.to - viewport.from) * scale);
    const y = top + slice.row * ROW;
    if (isLoud(slice)) {
      // One box for each pixel is enough.
      const pixel = Math.floor(x) * 4096 + slice.row;
      if (!drawn.has(pixel)) loud.push(box(slice, x, y, end - x));
      drawn.add(pixel);
    } else if (end - x >= 1) quiet.push(box(slice, x, y, end - x));
  }
  return [...quiet, ...loud];
}

function column(scene: Scene, at: number, className: string): SVGElement | undefined {
  const { viewport, width, picture } = scene;
  if (at + 1 <= viewport.from || at >= viewport.to) return undefined;
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
  const boxes: SVGElement[] = [];
  for (const lane of picture.lanes) {
    const height = lane.rows * ROW;
    out.push(s('rect', { class: 'lane', x: GUTTER, y: top, width: Math.max(0, width - GUTTER), height }));
    out.push(s('text', { class: 'cpu', x: 2, y: top + 14 }, `CPU ${lane.cpu}`));
    boxes.push(...laneBoxes(scene, lane.cpu, top, scale));
    top += height + GAP;
  }
  // Below the boxes, so that it covers no label; its edges are drawn above them.
  const { difference } = scene;
  if (difference !== undefined) out.push(column(scene, difference, 'difference-back'));
  out.push(column(scene, scene.cursor, 'cursor-back'), ...boxes);
  for (const slice of picture.slices) {
    if (!isLoud(slice) || slice.from < viewport.from || slice.from >= viewport.to) continue;
    const x = GUTTER + (slice.from - viewport.from) * scale;
    if (scale >= 2) out.push(s('rect', { class: 'tick', x, y: 2, width: Math.max(2, scale - 2), height: 6 }));
  }
  if (difference !== undefined) out.push(column(scene, difference, 'difference'));
  out.push(column(scene, scene.cursor, 'cursor'));
  return out.filter((n) => n !== undefined);
}
