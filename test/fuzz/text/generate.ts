import type { Grammar } from 'ohm-js';
import grammars from '#grammar/tinybpf.ohm-bundle.js';
import { ATTACH_KINDS } from '../../../src/kernel/attach/point.js';
import { mapTypeNames } from '../../../src/kernel/map/types.js';
import { MODELS } from '../../../src/kernel/model.js';
import { PROPERTY_NAMES } from '../../../src/lab/properties.js';
import type { Random } from '../random.js';
import { GUARDS, LABS } from './corpus.js';
import { Sentences, type Words } from './grammar.js';
import { extremeNumber, strangeName } from './words.js';

const sentences = new Sentences(grammars.Lab as unknown as Grammar);

/** What can be referred to in any lab: names of the emulated kernel that the project's labs use, guards, models. */
const KNOWN: readonly string[] = [
  ...new Set(
    LABS.flatMap(({ text }) => [...text.matchAll(/\b(?:call|attach|fire) (\w+)/g)].map((m) => m[1]!)),
  ),
];
const SETTINGS: readonly string[] = [
  ...MODELS.map((m) => m.name),
  ...GUARDS.map((g) => g.text.match(/^guard ([\w-]+)/m)?.[1] ?? 'none'),
];
const FIELDS = [
  'key',
  'value',
  'max_entries',
  'map_flags',
  'map_extra',
  'flags',
  'notrace',
  'error_injection',
];
/** Where a lab's own functions and the kernel's are, something can be attached. */
const TARGETS = [
  'work',
  'htab_map_delete_elem',
  'htab_map_update_elem',
  'hit',
  'sched_switch',
  'bpf_trace_printk',
];

/** Words for the rules of a lab, among them names that it declares. */
function labWords(own: readonly string[]): Words {
  const name = (r: Random): string => {
    if (own.length > 0 && r.chance(70)) return r.of(own);
    return r.chance(95) ? r.of(KNOWN) : strangeName(r);
  };
  const number = (r: Random): string => (r.chance(85) ? String(r.between(0, 9)) : extremeNumber(r));
  const rules: Readonly<Record<string, (r: Random) => string | undefined>> = {
    name,
    ident: name,
    dashed: (r) => (r.chance(50) ? name(r) : r.of(SETTINGS)),
    word: (r) => (r.chance(50) ? r.of(mapTypeNames()) : r.of(FIELDS)),
    attach: (r) => (r.chance(90) ? `${r.of(ATTACH_KINDS)}/${r.of([...TARGETS, ...own])}` : r.of(SETTINGS)),
    number,
    Expr: (r) => (r.chance(75) ? (r.chance(85) ? number(r) : name(r)) : undefined),
    Condition: (r) =>
      r.chance(30)
        ? `${name(r)}.${r.of(['run_cnt', 'active', 'recursion_misses'])} == ${number(r)}`
        : undefined,
    Names: (r) => (r.chance(60) ? r.of(PROPERTY_NAMES) : undefined),
    title: (r) => `"${name(r)}"`,
    string: (r) => (r.chance(50) ? `"${name(r)}"` : undefined),
  };
  return (rule, random) => (Object.hasOwn(rules, rule) ? rules[rule]!(random) : undefined);
}

/** What a block can contain, as rules of the grammar; what opens a block is a head, with what is in it. */
type Place = 'lab' | 'map' | 'code' | 'guard' | 'scenario' | 'actions';

const STATEMENTS: Readonly<Record<Place, readonly string[]>> = {
  lab: ['Declaration'],
  map: ['MapFields'],
  code: ['Insn', 'Insn', 'Insn', 'Line'],
  guard: ['GuardField'],
  scenario: ['Setting', 'Setting', 'Event'],
  actions: ['Actions'],
};
const BLOCKS: Readonly<Record<Place, readonly (readonly [head: string, inside: Place])[]>> = {
  lab: [
    ['MapHead', 'map'],
    ['ProgramHead', 'code'],
    ['FunctionHead', 'code'],
    ['GuardHead', 'guard'],
    ['ScenarioHead', 'scenario'],
    ['ScenarioHead', 'scenario'],
  ],
  map: [],
  code: [],
  guard: [
    ['enter', 'code'],
    ['exit', 'code'],
  ],
  scenario: [
    ['CpuHead', 'actions'],
    ['TaskHead', 'actions'],
    ['MayHead', 'actions'],
    ['EventHead', 'actions'],
  ],
  actions: [],
};

/** A statement or a block that can come in a place. */
function piece(place: Place, random: Random, words: Words): string {
  const blocks = BLOCKS[place];
  if (blocks.length === 0 || random.chance(50))
    return `${sentences.make(random.of(STATEMENTS[place]), random, words)}\n`;
  const [head, inside] = random.of(blocks);
  const text = /^[A-Z]/.test(head) ? sentences.make(head, random, words) : head;
  return `${text} {\n${pieces(inside, random.between(0, 6), random, words)}}\n`;
}

function pieces(place: Place, count: number, random: Random, words: Words): string {
  const end = place === 'code' && random.chance(90) ? 'r0 = 0\nexit\n' : '';
  return Array.from({ length: count }, () => piece(place, random, words)).join('') + end;
}

const NAMES = ['work', 'h', 'x', 'p', 'q', 'A', 'B', 'hit'];

/** A file made of nothing but the grammar. */
export function generateLab(random: Random): string {
  return pieces('lab', random.between(1, 8), random, labWords(NAMES));
}

const PLACE_OF: Readonly<Record<string, Place>> = {
  map: 'map',
  program: 'code',
  function: 'code',
  enter: 'code',
  exit: 'code',
  guard: 'guard',
  scenario: 'scenario',
  cpu: 'actions',
  task: 'actions',
  may: 'actions',
  at: 'actions',
  every: 'actions',
};

/** Names that a text declares. */
const declared = (text: string): string[] =>
  [...text.matchAll(/^\s*(?:map|program|function|global|user|percpu|tracepoint|task|guard) ([\w-]+)/gm)].map(
    (m) => m[1]!,
  );

/** A lab with some statements or blocks more, each in a place where the grammar allows it. */
export function extendLab(text: string, random: Random): string {
  const words = labWords(declared(text));
  const lines = text.split('\n');
  const wanted = new Set(
    Array.from({ length: random.between(1, 4) }, () => random.between(0, lines.length - 1)),
  );
  const open: Place[] = ['lab'];
  const out: string[] = [];
  for (const [i, line] of lines.entries()) {
    if (wanted.has(i)) out.push(piece(open.at(-1) ?? 'lab', random, words).trimEnd());
    out.push(line);
    const code = line.replace(/\/\/.*/, '');
    const opened = [...code.matchAll(/\{/g)].length;
    const closed = [...code.matchAll(/\}/g)].length;
    const head = /^\s*(\w+)/.exec(code)?.[1] ?? '';
    for (let n = closed; n < opened; n += 1) open.push(PLACE_OF[head] ?? 'lab');
    for (let n = opened; n < closed; n += 1) open.pop();
  }
  return out.join('\n');
}

/** Instructions with some more among them. */
export function extendCode(text: string, random: Random): string {
  const words = labWords([...text.matchAll(/^\s*([\w.$]+):/gm)].map((m) => m[1]!));
  const lines = text.split('\n');
  for (let n = random.between(1, 6); n > 0; n -= 1)
    lines.splice(random.between(0, lines.length), 0, piece('code', random, words).trimEnd());
  return lines.join('\n');
}
