import { frameOf, linkTo } from '../embed/link.js';
import { baseName } from '../files.js';
import { labState } from '../opened.js';
import type { LabClient } from '../protocol/client.js';
import { scheduleName } from '../schedule-text.js';
import { firstTrouble } from '../summary.js';
import type { PageState } from '../url.js';
import { copier } from './copy.js';
import type { LabPane } from './lab-pane.js';
import { type Saved, saver } from './saves.js';

export interface Shared {
  /** What the page shows. */
  readonly state: PageState;
  readonly pane: Pick<LabPane, 'lab' | 'name' | 'text'>;
  /** The guards that are shown. */
  readonly guards: readonly string[];
}

/** Of what is shown, the lab and its run, however the page came to them. */
function embedded({ state, pane: { name, text } }: Shared): PageState {
  const { mode: _mode, lesson: _lesson, lab: _lab, text: _text, ...run } = state;
  return { ...labState(undefined, name, text), ...run };
}

/** All that is shown and that the page can open. */
function filesOf({ state: { schedule }, pane: { lab }, guards }: Shared, client: LabClient): Saved[] {
  const guardText = async (guard: string): Promise<string> => {
    const answer = await client.ask('guard', lab, { guard, kernel: undefined });
    if (answer.guard === undefined) throw new Error(firstTrouble(answer.flaws, 'there is none'));
    return answer.guard;
  };
  const name = baseName(lab.name);
  return [
    { name, what: 'the lab', content: () => lab.text },
    ...guards.map((guard) => ({
      name: `${guard}.bpf`,
      what: 'a guard',
      content: () => guardText(guard),
    })),
    ...[schedule ?? []].flat().map((text) => ({
      name: scheduleName(name.replace(/\.bpf$/, ''), text),
      what: 'the schedule',
      content: () => text,
    })),
    ...[...(lab.files ?? [])].map(([file, bytes]) => ({
      name: file,
      what: 'an object file',
      content: () => bytes,
    })),
  ];
}

/** Buttons that save what is shown as files, and copy links to it. */
export const shareButtons = (shared: () => Shared, client: LabClient): readonly HTMLElement[] => [
  ...saver(() => filesOf(shared(), client)),
  ...copier('copy link', 'the address of what is shown', () => linkTo(location.href, shared().state, false)),
  ...copier('copy embed', 'an iframe with the lab alone, for a slide or a blog', async () => {
    const { name } = shared().pane.lab;
    return frameOf(await linkTo(location.href, embedded(shared()), true), `tinybpf: ${name}`);
  }),
];
