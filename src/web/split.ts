import { h } from './dom.js';

/** What remembers the widths of panes from one visit to the next; a browser may have none. */
export interface Memory {
  readonly get: (key: string) => string | null;
  readonly set: (key: string, value: string) => void;
}

/** The browser's own storage. What it does not keep, as in a private window, is forgotten. */
export const browserMemory: Memory = {
  get: (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set: (key, value) => {
    try {
      localStorage.setItem(key, value);
    } catch {
      // Nothing depends on it.
    }
  },
};

const STEP = 2;

export interface SplitOptions {
  /** What it is called, and the custom property of `on` that has the width, in per cent of it. */
  readonly name: string;
  readonly label: string;
  readonly on: HTMLElement;
  /** The side of the pane whose width it is. */
  readonly side: 'left' | 'right';
  readonly first: number;
  readonly least: number;
  readonly most: number;
  readonly memory: Memory;
}

/** A bar between two panes that can be dragged, or moved with the arrow keys; a double click puts it back. */
export function splitter({ name, label, on, side, first, least, most, memory }: SplitOptions): HTMLElement {
  const key = `tinybpf.split.${name}`;
  const bar = h('div', {
    class: 'splitter',
    role: 'separator',
    tabindex: 0,
    'aria-orientation': 'vertical',
    'aria-label': label,
    'aria-valuemin': least,
    'aria-valuemax': most,
    title: 'drag, or use the arrow keys; a double click puts it back',
  });
  let now = first;
  const apply = (width: number): void => {
    now = Math.min(most, Math.max(least, width));
    on.style.setProperty(`--${name}`, `${now.toFixed(1)}%`);
    bar.setAttribute('aria-valuenow', now.toFixed(0));
  };
  const keep = (width: number): void => {
    apply(width);
    memory.set(key, now.toFixed(1));
  };
  const kept = Number(memory.get(key) ?? Number.NaN);
  apply(Number.isFinite(kept) && kept > 0 ? kept : first);
  bar.addEventListener('pointerdown', (e) => {
    bar.setPointerCapture(e.pointerId);
    e.preventDefault();
  });
  bar.addEventListener('pointermove', (e) => {
    if (!bar.hasPointerCapture(e.pointerId)) return;
    const { left, right, width } = on.getBoundingClientRect();
    keep(((side === 'left' ? e.clientX - left : right - e.clientX) / width) * 100);
  });
  bar.addEventListener('dblclick', () => keep(first));
  bar.addEventListener('keydown', (e) => {
    const by = e.key === 'ArrowRight' ? STEP : e.key === 'ArrowLeft' ? -STEP : 0;
    if (by === 0) return;
    e.preventDefault();
    e.stopPropagation();
    keep(now + (side === 'left' ? by : -by));
  });
  return bar;
}
