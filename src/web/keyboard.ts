import type { Scrubber } from './panels/scrubber.js';
import type { StepCommand } from './protocol/step.js';
import type { Viewport } from './timeline/viewport.js';

export interface Steered {
  readonly move: (event: number) => void;
  readonly scrubber: Scrubber;
  readonly viewport: Viewport;
  readonly run: () => void;
  readonly cursor: () => number;
  readonly explore: () => void;
  readonly cancel: () => void;
  readonly step: (command: StepCommand) => void;
}

/** True where a key has a meaning of its own: in the editor, menus, and the slider, which takes no letters. */
function isTaken({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.matches('input[type=range]')) return key.length > 1 && key !== 'Escape';
  return target.closest('.cm-editor, input, select, textarea, pre, dialog') !== null;
}

/** Keys that work wherever nothing else takes them. */
export function listenToKeys({
  move,
  scrubber,
  viewport,
  run,
  cursor,
  explore,
  cancel,
  step,
}: Steered): void {
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => scrubber.step(-1),
    ArrowRight: () => scrubber.step(1),
    Home: () => move(0),
    End: () => move(Infinity),
    n: () => scrubber.refusal(1),
    p: () => scrubber.refusal(-1),
    '+': () => viewport.zoom(1 / 1.5, cursor() + 0.5),
    '=': () => viewport.zoom(1 / 1.5, cursor() + 0.5),
    '-': () => viewport.zoom(1.5, cursor() + 0.5),
    e: explore,
    Escape: cancel,
    s: () => step('stepi'),
    S: () => step('reverse-stepi'),
    o: () => step('nexti'),
    O: () => step('reverse-nexti'),
    f: () => step('finish'),
    F: () => step('reverse-finish'),
    '0': () => viewport.fit(),
    'shift ArrowLeft': () => viewport.pan(-viewport.span / 4),
    'shift ArrowRight': () => viewport.pan(viewport.span / 4),
  };
  addEventListener('keydown', (e) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && !e.defaultPrevented) {
      e.preventDefault();
      run();
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || isTaken(e)) return;
    const act = keys[e.shiftKey && e.key.startsWith('Arrow') ? `shift ${e.key}` : e.key];
    if (act === undefined) return;
    e.preventDefault();
    act();
  });
}
