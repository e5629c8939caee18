import { lessons, type ShippedLesson } from './course/lessons.js';
import { askedLab, FIRST_LAB, labNamed, type ShippedLab } from './labs.js';
import { isMode, type Mode } from './panels/modes.js';
import { OWN } from './panels/toolbar.js';
import type { RunView } from './protocol/protocol.js';
import { type PageState, readHash } from './url.js';

export const lessonAt = (number: number | undefined): ShippedLesson | undefined =>
  number === undefined ? undefined : lessons()[number - 1];

/** The lab that a lesson begins with. */
export function startOf({ lab }: ShippedLesson): string {
  return 'text' in lab ? lab.text : (labNamed(lab.name)?.text ?? '');
}

/** Where the first declaration begins that the reader of a lesson may change; undefined where that is any. */
export function toBeChanged({ change }: ShippedLesson, text: string): number | undefined {
  const starts = change.map((what) =>
    `\n${text}`.search(new RegExp(`\\n${what.replaceAll(' ', '\\s+')}\\b`)),
  );
  const found = starts.filter((at) => at >= 0);
  return found.length === 0 ? undefined : Math.min(...found);
}

/** What an address opens. */
export interface Opened {
  readonly state: PageState;
  readonly lesson: ShippedLesson | undefined;
  /** The shipped lab, if its text is what is opened. */
  readonly lab: ShippedLab | undefined;
  readonly text: string;
  readonly mode: Mode;
  /** What cannot be understood in it, and what there is not. */
  readonly troubles: readonly string[];
}

/** The text of an address comes first, then the lab it names, then its lesson's. */
export async function openedBy(hash: string): Promise<Opened> {
  const { state, troubles } = await readHash(hash);
  const { mode = 'run' } = state;
  const lesson = lessonAt(state.lesson);
  const named = lesson !== undefined && 'name' in lesson.lab ? { lab: lesson.lab.name, ...state } : state;
  const own = state.text ?? (lesson !== undefined && named.lab === undefined ? startOf(lesson) : undefined);
  const lab = own === undefined ? (askedLab(named) ?? labNamed(FIRST_LAB)!) : undefined;
  return {
    state,
    lesson,
    lab,
    text: own ?? lab?.text ?? '',
    mode: isMode(mode) ? mode : 'run',
    troubles: [
      ...troubles,
      ...(state.lesson !== undefined && lesson === undefined ? [`there is no lesson ${state.lesson}`] : []),
      ...(isMode(mode) ? [] : [`there is no mode ${mode.slice(0, 80)}`]),
    ],
  };
}

/** What an address says of a lab: nothing where it is the lesson's, untouched. */
export function labState(
  lesson: ShippedLesson | undefined,
  name: string,
  text: string,
): Pick<PageState, 'lesson' | 'lab' | 'text'> {
  if (lesson === undefined) return name === OWN ? { text } : { lab: name };
  const { number } = lesson;
  return text === startOf(lesson) ? { lesson: number } : { lesson: number, text };
}

/** What is to be shown when a run is there. */
export interface Wanted {
  /** The scenario, or the one that tells most; the one that is chosen, if undefined. */
  readonly scenario?: number | 'telling' | undefined;
  /** Or the scenario of a title, if there is one. */
  readonly title?: string | undefined;
  /** The event; the one under the cursor, if undefined. */
  readonly at?: number | undefined;
  /** Where nobody has said so, the event is the one that shows what the run comes to. */
  readonly isFresh?: boolean;
}

/** The scenario that is wanted of some runs. */
export function scenarioOf({ title, scenario = 0 }: Wanted, runs: readonly RunView[]): number | 'telling' {
  const titled = title === undefined ? -1 : runs.findIndex((run) => run.title === title);
  return titled < 0 ? scenario : titled;
}
