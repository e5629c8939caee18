import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { assemble } from '../../src/isa/assemble.js';
import { withRewrites } from '../../src/isa/rewrite.js';
import { beginScenario, scenariosOf } from '../../src/lab/run.js';
import { parseScript } from '../../src/percpu/parse.js';
import { checkLab } from '../../src/replay/check.js';
import { parseSchedule } from '../../src/replay/parse.js';
import { COMMANDS } from '../../src/step/commands.js';
import { Prompt } from '../../src/step/prompt.js';
import { Session } from '../../src/step/session.js';
import { parseLab } from '../../src/syntax/parse-lab.js';
import { parseAssembly } from '../../src/syntax/parse-program.js';
import { labGrammar } from '../../src/syntax/tree.js';
import { vocabularyOf } from '../../src/syntax/words.js';
import type { Diagnostic } from '../../src/text/diagnostic.js';
import { Random } from '../fuzz/random.js';
import { collecting } from '../support/collecting.js';
import { complaintsOf } from '../support/complaints.js';
import { environment } from '../support/environment.js';
import { filesBelow } from '../support/files.js';
import { tinybpfHere } from '../support/in-process.js';
import { labScenarios } from '../support/labs.js';
import { type Mutation, mutate } from '../support/mutations.js';
import { readTranscript, transcripts } from '../support/transcript.js';

/**
 * Texts that are right but for one token: what is said of them must help whoever reads it, and of a misspelt keyword the
 * right one must be named. Each test is one seed, which is in its name.
 */

const options = new Map<string, ReadonlySet<string>>();
beforeAll(async () => {
  const { stdout } = await tinybpfHere(['--help']);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map((m) => m[1]!);
  for (const command of commands) {
    const help = await tinybpfHere([command, '--help']);
    options.set(command, new Set(help.stdout.match(/--[a-z][\w-]*/g)));
  }
  expect(options.get('run')).toContain('--guard');
});

/** Sizes differ by so little from each other that a wrong letter may make another one of them. */
const SIZE = /^[us]\d+$/;
const KEYWORDS = new Set([
  ...vocabularyOf(labGrammar).words.filter((w) => !SIZE.test(w)),
  ...[
    'key',
    'value',
    'max_entries',
    'hash',
    'array',
    'ringbuf',
    'enter',
    'exit',
    'notrace',
    'fentry',
    'fexit',
  ],
]);

interface Tally {
  complaints: string[];
  /** Misspelt keywords of which something was said, and those of them of which the right word was named. */
  noticed: number;
  named: number;
}

const newTally = (): Tally => ({ complaints: [], noticed: 0, named: 0 });

function count(tally: Tally, mutation: Mutation, where: string, found: readonly Diagnostic[]): void {
  const errors = found.filter((d) => d.severity === 'error');
  for (const d of found)
    for (const c of complaintsOf(d, options)) tally.complaints.push(`${where}, ${mutation.what}: ${c}`);
  if (mutation.keyword === undefined || errors.length === 0) return;
  const { meant, written } = mutation.keyword;
  // A word inside another, such as one between dashes in the name of a kernel, is not the keyword.
  const { source, start, end } = errors[0]!.span ?? { source: { text: '' }, start: 0, end: 0 };
  if (source.text.slice(start, end).includes('-') && !written.includes('-')) return;
  tally.noticed += 1;
  const helps = errors.map((d) => d.help ?? '');
  if (helps.some((h) => new RegExp(`\`[^\`]*\\b${meant}\\b[^\`]*\``).test(h))) tally.named += 1;
}

/** At least so many of a hundred misspelt keywords have the right word named; 98 and more did when this was written. */
const NAMED = 95;

function judge(tally: Tally): void {
  expect(tally.complaints.slice(0, 12).join('\n\n')).toBe('');
  expect(Math.floor((100 * tally.named) / tally.noticed)).toBeGreaterThanOrEqual(NAMED);
}

const files = [...filesBelow('programs', '.bpf'), ...filesBelow('test/data/labs', '.bpf')].map((path) => ({
  path: relative(process.cwd(), path),
  text: readFileSync(path, 'utf8'),
}));

/** What is wrong with a file of declarations: what the parser finds, or else what its check does. */
function flawsOf(name: string, text: string): Diagnostic[] {
  const { value, diagnostics } = parseLab({ name, text });
  const found = withRewrites(diagnostics);
  if (found.length > 0 || !value.declarations.some((d) => d.kind === 'scenario')) return found;
  collecting(found, () => found.push(...checkLab(value, environment, {})));
  return found;
}

/** How many texts of a seed are tried: more, and of more seeds, with MUTATIONS=1000. */
const ASKED = process.env['MUTATIONS'];
const LABS = Number(ASKED ?? 250);
const SEEDS = ASKED === undefined ? [1, 2] : [1, 2, 3, 4, 5];
const LISTING_SEEDS = ASKED === undefined ? [6] : [6, 7];
const PLAIN = Math.ceil(LABS / 3);

describe('labs with one wrong token', () => {
  test.each(SEEDS)(`${LABS} of them, seed %i`, (seed) => {
    const random = new Random(seed);
    const tally = newTally();
    for (let n = 0; n < LABS; n += 1) {
      const { path, text } = random.of(files);
      const mutation = mutate(random, text, KEYWORDS, 40);
      count(tally, mutation, path, flawsOf(path, mutation.text));
    }
    expect(tally.noticed).toBeGreaterThan(0.3 * LABS);
    judge(tally);
  });
});

const listing = (name: string): string =>
  readFileSync(new URL(`../data/listings/${name}`, import.meta.url), 'utf8');

test.each(LISTING_SEEDS)(`${PLAIN} plain programs with one wrong token, seed %i`, (seed) => {
  const random = new Random(seed);
  const texts = ['objdump.txt', 'objdump-relocations.txt', 'clang-debug.s', 'bpftool.txt'].map(listing);
  const tally = newTally();
  for (let n = 0; n < PLAIN; n += 1) {
    const mutation = mutate(random, random.of(texts), new Set(), 0);
    const { value, diagnostics } = parseAssembly({ name: 'mutated.s', text: mutation.text });
    const found = withRewrites([...diagnostics, ...assemble(value).diagnostics]);
    count(tally, mutation, 'a listing', found);
  }
  expect(tally.complaints.slice(0, 5).join('\n\n')).toBe('');
});

const SCHEDULE = `// two tasks, an interrupt
scenario "two tasks"
guard arm64-v1
kernel arm64-7.3-preempt-rcu
stats off
strict_alignment
task A 57
arrive nmi cpu 0 12
interrupt cpu 0 3
task B 12
task task 0 4
`;
const SCRIPT = `4:8 x1000, free 1/2
atomic 16:16 x20; reserved 8:8
free all, free first 10, free last 3
atomic reserved 32:4 x 2
balance
`;

test.each([
  [
    'schedules',
    SCHEDULE,
    ['scenario', 'guard', 'kernel', 'stats', 'off', 'strict_alignment', 'task', 'arrive', 'cpu', 'interrupt'],
    (text: string): void => void parseSchedule({ name: 'mutated.schedule', text }),
  ],
  [
    'per-CPU scripts',
    SCRIPT,
    ['free', 'atomic', 'reserved', 'all', 'first', 'last', 'balance'],
    (text: string): void => void parseScript({ name: 'mutated.percpu', text }),
  ],
] as const)('400 %s with one wrong token, seed 8', (what, text, keywords, read) => {
  const random = new Random(8);
  const tally = newTally();
  for (let n = 0; n < 400; n += 1) {
    const mutation = mutate(random, text, new Set(keywords), 50);
    const found: Diagnostic[] = [];
    collecting(found, () => read(mutation.text));
    count(tally, mutation, what, found);
  }
  expect(tally.noticed).toBeGreaterThan(150);
  judge(tally);
});

/** The commands of the transcripts on the lab that most of them step through, without those that go far. */
const commands = transcripts()
  .filter((name) => /^\$ tinybpf step programs\/recursion/.test(readTranscript(name)))
  .flatMap((name) => readTranscript(name).match(/(?<=^\(tinybpf\) ).+$/gm) ?? [])
  .filter((line) => !/^#|^(q|quit|exit)$/.test(line));

test('500 commands of the stepper with one wrong token, seed 9', () => {
  const random = new Random(9);
  const [first] = labScenarios('programs').filter((s) => s.name.startsWith('recursion.bpf'));
  const { lab } = first!;
  const [scenario] = scenariosOf(lab);
  const session = new Session(() =>
    beginScenario(lab, scenario!, environment, { observe: true, spareActions: 1000 }),
  );
  const d = new Prompt(session, scenario!);
  const names = new Set(COMMANDS.flatMap((c) => c.names).filter((n) => n.length > 3 && !n.includes('-')));
  const tally = newTally();
  for (let n = 0; n < 500; n += 1) {
    const mutation = mutate(random, random.of(commands), names, 40);
    const reply = d.run(mutation.text);
    if (reply.kind === 'wrong') count(tally, mutation, 'a command', reply.diagnostics);
  }
  expect(commands.length).toBeGreaterThan(50);
  expect(tally.noticed).toBeGreaterThan(20);
  judge(tally);
});
