import { button, h, put } from '../dom.js';
import { save } from '../files.js';

/** A file that can be saved. */
export interface Saved {
  readonly name: string;
  readonly what: string;
  /** Or why there is none, thrown. */
  readonly content: () => string | Uint8Array | Promise<string>;
}

/** A button, and what it opens: the files that there are to be saved at that time. */
export function saver(files: () => readonly Saved[]): readonly HTMLElement[] {
  const said = h('p', { role: 'status' });
  const list = h('ul');
  const box = h(
    'div',
    { popover: '', class: 'saves', role: 'dialog', 'aria-label': 'save' },
    h('p', {}, 'Save as a file:'),
    list,
    said,
  );
  const keep = async ({ name, content }: Saved): Promise<void> => {
    try {
      save(name, await content());
      box.hidePopover();
    } catch (e) {
      put(said, `${name} cannot be saved: ${e instanceof Error ? e.message : String(e)}`);
    }
  };
  const open = (): void => {
    put(said);
    put(
      list,
      ...files().map((file) =>
        h(
          'li',
          {},
          button(file.name, 'save it', () => void keep(file)),
          ` ${file.what}`,
        ),
      ),
    );
    box.showPopover();
    list.querySelector('button')?.focus();
  };
  return [button('Save…', 'the lab, its guard, the schedule, object files', open), box];
}
