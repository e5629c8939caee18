import { button, h, put } from '../dom.js';

/** A button that copies a text, and what came of it. */
export function copier(
  label: string,
  title: string,
  text: () => string | Promise<string>,
): readonly HTMLElement[] {
  const said = h('span', { role: 'status', class: 'copied' });
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(await text());
      put(said, 'copied');
    } catch {
      put(said, 'the browser does not let it be copied');
    }
  };
  return [button(label, title, () => void copy()), said];
}
