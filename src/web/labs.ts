/** The labs and guards that come with the program, as the page has them: built into it. */
const LABS: Record<string, string> = import.meta.glob('../../programs/*.bpf', {
  query: '?raw',
  import: 'default',
  eager: true,
});

const GUARDS = Object.keys(import.meta.glob('../../programs/guards/*.bpf'));

export interface ShippedLab {
  /** Without `.bpf`. */
  readonly name: string;
  /** As the command line knows it. */
  readonly path: string;
  readonly text: string;
  /** What its first comment says it is. */
  readonly summary: string;
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1, -'.bpf'.length);

function summaryOf(text: string): string {
  return /^\/\/ [^:\n]*: (.*?)\.?$/m.exec(text)?.[1] ?? '';
}

export const SHIPPED_LABS: readonly ShippedLab[] = Object.entries(LABS)
  .map(([path, text]) => {
    const name = baseName(path);
    return { name, path: `programs/${name}.bpf`, text, summary: summaryOf(text) };
  })
  .sort((a, b) => (a.name < b.name ? -1 : 1));

export const SHIPPED_GUARDS: readonly string[] = GUARDS.map(baseName).sort();

export function labNamed(name: string): ShippedLab | undefined {
  return SHIPPED_LABS.find((lab) => lab.name === name);
}

/** Guards that a lab's text seems to declare, for the menu; the parser decides. */
export function guardsIn(text: string): string[] {
  return [...text.matchAll(/^[ \t]*guard[ \t]+([\w.$-]+)[ \t]*\{/gm)].map((m) => m[1]!).slice(0, 50);
}
