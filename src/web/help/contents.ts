/** Where a page of the help comes from: a README, or the parts of it with these headings, by their anchors. */
export interface Readme {
  readonly file: string;
  readonly parts: 'all' | readonly string[];
}

export interface HelpPage {
  /** The address of the page, after `#`. */
  readonly name: string;
  readonly title: string;
  /** Undefined for the table of diagnostics. */
  readonly source: Readme | undefined;
}

/** The pages of the help, in order. What only concerns the command line is left out of them. */
export const HELP_PAGES: readonly HelpPage[] = [
  { name: 'help', title: 'This page', source: { file: 'src/web/README.md', parts: 'all' } },
  {
    name: 'first',
    title: 'A first lab',
    source: { file: 'programs/README.md', parts: ['a-first-lab-line-by-line'] },
  },
  { name: 'language', title: 'Language', source: { file: 'programs/README.md', parts: ['the-language'] } },
  {
    name: 'guards',
    title: 'Guards',
    source: { file: 'programs/README.md', parts: ['choose-the-guard', 'write-a-guard-step-by-step'] },
  },
  {
    name: 'promises',
    title: 'Promises',
    source: {
      file: 'programs/explore/README.md',
      parts: ['what-is-checked', 'what-is-proved-and-what-is-not'],
    },
  },
  {
    name: 'exploring',
    title: 'Exploring',
    source: {
      file: 'programs/explore/README.md',
      parts: ['a-schedule-that-breaks-a-guard', 'schedules-as-files'],
    },
  },
  {
    name: 'cost',
    title: 'Cost',
    source: {
      file: 'programs/bench/README.md',
      parts: ['how-to-read-the-table', 'the-published-figures-and-why-yours-differ'],
    },
  },
  { name: 'codes', title: 'Diagnostics', source: undefined },
];

/** A page of the help, and a heading in it. */
export interface HelpPlace {
  readonly page: string;
  readonly anchor: string;
}

/** The address of a place in the help. */
export const helpHash = (page: string, anchor = ''): string => `#${page}${anchor === '' ? '' : `/${anchor}`}`;

/** The place in the help that an address names; undefined where it is not about the help. */
export function helpAt(hash: string): HelpPlace | undefined {
  const [, page = '', anchor = ''] = /^#([a-z]+)(?:\/([\w-]*))?$/.exec(hash) ?? [];
  return HELP_PAGES.some((p) => p.name === page) ? { page, anchor } : undefined;
}
