import { SUBJECTS } from './subjects.js';

/** The labs and guards that come with the program, as the page has them: built into it. */
const LABS: Record<string, string> = import.meta.glob(
  ['../../programs/*.bpf', '../../programs/explore/*.bpf'],
  {
    query: '?raw',
    import: 'default',
    eager: true,
  },
);

const GUARDS = Object.keys(import.meta.glob('../../programs/guards/*.bpf'));

export interface ShippedLab {
  /** Its path below `programs`, without `.bpf`. */
  readonly name: string;
  /** What it is about; undefined for one that `SUBJECTS` has forgotten, which a test does not allow. */
  readonly subject: string | undefined;
  readonly text: string;
  /** What its first comment says it is. */
  readonly summary: string;
}

const nameOf = (path: string): string => path.slice('../../programs/'.length, -'.bpf'.length);
const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1, -'.bpf'.length);

function summaryOf(text: string): string {
  return /^\/\/ [^:\n]*: (.*?)\.?$/m.exec(text)?.[1] ?? '';
}

const ORDER = SUBJECTS.flatMap(([, labs]) => labs);

export const SHIPPED_LABS: readonly ShippedLab[] = Object.entries(LABS)
  .map(([path, text]) => {
    const name = nameOf(path);
    const subject = SUBJECTS.find(([, labs]) => labs.includes(name))?.[0];
    return { name, subject, text, summary: summaryOf(text) };
  })
  .sort((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name));

export const SHIPPED_GUARDS: readonly string[] = GUARDS.map(baseName).sort();

export function labNamed(name: string): ShippedLab | undefined {
  return SHIPPED_LABS.find((lab) => lab.name === name);
}

/** The lab that is shown where an address names none. */
export const FIRST_LAB = 'recursion';

/** The lab an address names if there is one. */
export const askedLab = ({ lab = FIRST_LAB }: { readonly lab?: string }): ShippedLab | undefined =>
  labNamed(lab);

/** Guards that a lab's text seems to declare, for the menu; the parser decides. */
export function guardsIn(text: string): string[] {
  return [...text.matchAll(/^[ \t]*guard[ \t]+([\w.$-]+)[ \t]*\{/gm)].map((m) => m[1]!).slice(0, 50);
}
