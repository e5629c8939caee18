import { frameOf, linkTo } from '../embed/link.js';
import { labState } from '../opened.js';
import type { PageState } from '../url.js';
import { copier } from './copy.js';
import type { LabPane } from './lab-pane.js';

export interface Shared {
  /** What the page shows. */
  readonly state: PageState;
  readonly pane: Pick<LabPane, 'lab' | 'name' | 'text'>;
}

/** Of what is shown, the lab and its run, however the page came to them. */
function embedded({ state, pane: { name, text } }: Shared): PageState {
  const { mode: _mode, lesson: _lesson, lab: _lab, text: _text, ...run } = state;
  return { ...labState(undefined, name, text), ...run };
}

/** Buttons that copy links to what is shown. */
export const shareButtons = (shared: () => Shared): readonly HTMLElement[] => [
  ...copier('copy link', 'the address of what is shown', () => linkTo(location.href, shared().state, false)),
  ...copier('copy embed', 'an iframe with the lab alone, for a slide or a blog', async () => {
    const { name } = shared().pane.lab;
    return frameOf(await linkTo(location.href, embedded(shared()), true), `tinybpf: ${name}`);
  }),
];
