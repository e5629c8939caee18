import type { ShownRun } from './panels/shown-run.js';

export interface Steered {
  readonly shown: Pick<ShownRun, 'cursor' | 'move' | 'scrubber' | 'step' | 'viewport'>;
  /** What else can be begun and ended, if anything. */
  readonly whole?: {
    readonly run: () => void;
    readonly explore: () => void;
    readonly cancel: () => void;
    readonly search: () => void;
  };
}

/** True where a key has a meaning of its own: in the editor, menus, and the slider, which takes no letters. */
function isTaken({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.matches('input[type=range]')) return key.length > 1 && key !== 'Escape';
  return target.closest('.cm-editor, input, select, textarea, pre, dialog, [popover]') !== null;
}

/** Keys that work wherever nothing else takes them. */
export function listenToKeys({ shown, whole }: Steered): void {
  const { scrubber, viewport } = shown;
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => scrubber.step(-1),
    ArrowRight: () => scrubber.step(1),
    Home: () => shown.move(0),
    End: () => shown.move(Infinity),
    n: () => scrubber.refusal(1),
    p: () => scrubber.refusal(-1),
    '+': () => viewport.zoom(1 / 1.5, shown.cursor + 0.5),
    '=': () => viewport.zoom(1 / 1.5, shown.cursor + 0.5),
    '-': () => viewport.zoom(1.5, shown.cursor + 0.5),
    ...(whole && { e: whole.explore, Escape: whole.cancel, '/': whole.search }),
    s: () => shown.step('stepi'),
    S: () => shown.step('reverse-stepi'),
    o: () => shown.step('nexti'),
    O: () => shown.step('reverse-nexti'),
    f: () => shown.step('finish'),
    F: () => shown.step('reverse-finish'),
    '0': () => viewport.fit(),
    'shift ArrowLeft': () => viewport.pan(-viewport.span / 4),
    'shift ArrowRight': () => viewport.pan(viewport.span / 4),
  };
  addEventListener('keydown', (e) => {
    if (whole && e.key === 'Enter' && (e.ctrlKey || e.metaKey) && !e.defaultPrevented) {
      e.preventDefault();
      whole.run();
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || isTaken(e)) return;
    const act = keys[e.shiftKey && e.key.startsWith('Arrow') ? `shift ${e.key}` : e.key];
    if (act === undefined) return;
    e.preventDefault();
    act();
  });
}
