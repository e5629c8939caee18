// cspell:ignore abcdefgxyz
import type { Random } from '../random.js';
import type { Sample } from './corpus.js';
import { extremeNumber, size, strange, strangeName } from './words.js';

const TOKEN =
  /[A-Za-z_.$][\w.$]*|0[xX][\da-fA-F]+|\d+|"[^"\n]*"|[<>=!+\-*/%&|^]=|<<=?|>>=?|&&|\|\||\s+|[\s\S]/gu;

export const tokensOf = (text: string): string[] => text.match(TOKEN) ?? [];
const isBlank = (token: string): boolean => token.trim() === '';

/** A text in pieces of one size, to be changed and put together again. */
type Pieces = string[];

interface Mutation {
  readonly weight: number;
  /** Leaves most texts something that can be run. */
  readonly isGentle?: true;
  readonly on: 'tokens' | 'lines' | 'text';
  /** Changes the pieces in place; `at` is one of them, of tokens one that is not blank. */
  readonly change: (pieces: Pieces, at: number, random: Random, pool: Pool) => void;
}

/** What pieces of other texts are taken from. */
export interface Pool {
  readonly samples: readonly Sample[];
  /** Words that mean something in some place. */
  readonly words: readonly string[];
}

const other = (random: Random, { samples }: Pool): string => random.of(samples).text;
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [''];
const someOf = (random: Random, list: readonly string[]): string =>
  list.length === 0 ? '' : random.of(list);

function swap(pieces: Pieces, a: number, b: number): void {
  [pieces[a], pieces[b]] = [pieces[b]!, pieces[a]!];
}

const anywhere = (random: Random, pieces: Pieces): number =>
  random.between(0, Math.max(0, pieces.length - 1));

/** A slip of the finger: a letter more, less, another, or two the wrong way round. */
function slip(word: string, random: Random): string {
  const at = random.between(0, Math.max(0, word.length - 1));
  const letter = random.of([...'abcdefgxyz0123456789_.-+*&|<>=()[]{}"\'#;:,/\\!%^~@$']);
  switch (random.between(0, 3)) {
    case 0:
      return word.slice(0, at) + letter + word.slice(at);
    case 1:
      return word.slice(0, at) + word.slice(at + 1);
    case 2:
      return word.slice(0, at) + letter + word.slice(at + 1);
    default:
      return word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2);
  }
}

/** A block of a text from its head to the brace that closes it. */
function blockOf(text: string, random: Random): string {
  const heads = [...text.matchAll(/^[^\n{}]*\{/gm)];
  if (heads.length === 0) return '';
  const start = random.of(heads).index;
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}' && (depth -= 1) === 0) return text.slice(start, at + 1);
  }
  return text.slice(start);
}

const NESTS: readonly (readonly [string, string])[] = [
  ['(', ')'],
  ['-', ''],
  ['!', ''],
  ['- ', ''],
  ['{', '}'],
  ['{\n', '\n}'],
  ['scenario {\n', '\n}'],
  ['[', ']'],
  ['/*', '*/'],
  ['"', '"'],
  ['1 + ', ''],
  ['x && ', ''],
];

const MUTATIONS: readonly Mutation[] = [
  { weight: 6, on: 'tokens', change: (p, at) => void p.splice(at, 1) },
  { weight: 3, on: 'tokens', change: (p, at) => void p.splice(at, 0, p[at]!) },
  { weight: 4, on: 'tokens', change: (p, at, r) => swap(p, at, anywhere(r, p)) },
  { weight: 8, on: 'tokens', change: (p, at, r) => void (p[at] = p[anywhere(r, p)]!) },
  { weight: 8, on: 'tokens', change: (p, at, r, pool) => void (p[at] = someOf(r, pool.words)) },
  { weight: 4, on: 'tokens', change: (p, at, r, pool) => void p.splice(at, 0, someOf(r, pool.words), ' ') },
  {
    weight: 6,
    on: 'tokens',
    change: (p, at, r, pool) =>
      void (p[at] = someOf(
        r,
        tokensOf(other(r, pool)).filter((t) => !isBlank(t)),
      )),
  },
  { weight: 6, on: 'tokens', change: (p, at, r) => void (p[at] = slip(p[at]!, r)) },
  { weight: 3, on: 'tokens', change: (p, at, r) => void (p[at] = extremeNumber(r)) },
  { weight: 2, on: 'tokens', change: (p, at, r) => void (p[at] = strangeName(r)) },
  { weight: 2, on: 'tokens', change: (p, at, r) => void (p[at] = p[at]! + strange(r)) },
  { weight: 1, on: 'tokens', change: (p, at, r) => void (p[at] = p[at]!.repeat(size(r))) },
  { weight: 1, on: 'tokens', change: (p, at) => void (p[at] = p[at]!.toUpperCase()) },
  {
    weight: 2,
    on: 'tokens',
    change: (p, at, r) => {
      const [open, close] = r.of(NESTS);
      const n = size(r);
      p[at] = open.repeat(n) + p[at]! + close.repeat(n);
    },
  },
  {
    // A number becomes one at an edge.
    weight: 10,
    isGentle: true,
    on: 'tokens',
    change: (p, _, r) => {
      const numbers = p.flatMap((token, i) => (/^\d/.test(token) ? [i] : []));
      if (numbers.length === 0) return;
      const at = r.of(numbers);
      p[at] = r.chance(40) ? String(Number(p[at]) + r.of([-1, 1])) : extremeNumber(r);
    },
  },
  {
    // A name becomes another of the same text, so that much of it still means something.
    weight: 12,
    isGentle: true,
    on: 'tokens',
    change: (p, _, r) => {
      const names = p.flatMap((token, i) => (/^[A-Za-z_]\w+$/.test(token) ? [i] : []));
      if (names.length > 0) p[r.of(names)] = p[r.of(names)]!;
    },
  },
  { weight: 6, isGentle: true, on: 'lines', change: (p, at) => void p.splice(at, 1) },
  { weight: 4, isGentle: true, on: 'lines', change: (p, at) => void p.splice(at, 0, p[at]!) },
  { weight: 4, isGentle: true, on: 'lines', change: (p, at, r) => swap(p, at, anywhere(r, p)) },
  { weight: 3, on: 'lines', change: (p, at, r) => void p.splice(at, r.between(1, 8)) },
  {
    weight: 8,
    on: 'lines',
    change: (p, at, r, pool) => void p.splice(at, r.between(0, 1), r.of(linesOf(other(r, pool)))),
  },
  { weight: 1, on: 'lines', change: (p, at, r) => void (p[at] = p[at]!.repeat(size(r))) },
  { weight: 1, on: 'lines', change: (p, at) => void (p[at] = p[at]!.trimEnd()) },
  { weight: 1, on: 'lines', change: (p, at) => void (p[at] = p[at]!.replace('\n', '\r\n')) },
  {
    // The beginning of one text and the end of another.
    weight: 3,
    on: 'lines',
    change: (p, at, r, pool) => {
      const more = linesOf(other(r, pool));
      p.splice(at, Infinity, ...more.slice(r.between(0, more.length - 1)));
    },
  },
  {
    weight: 4,
    on: 'lines',
    change: (p, at, r, pool) => void p.splice(at, 0, `${blockOf(other(r, pool), r)}\n`),
  },
  { weight: 1, on: 'text', change: (p, _, r) => void (p[0] = p[0]!.slice(0, r.between(0, p[0]!.length))) },
  { weight: 1, on: 'text', change: (p) => void (p[0] = p[0]!.replaceAll('\n', ' ')) },
  { weight: 1, on: 'text', change: (p) => void (p[0] = p[0]!.replaceAll(/[ \t]+/g, '')) },
];

const weighted = (all: readonly Mutation[]): readonly Mutation[] =>
  all.flatMap((m) => Array.from({ length: m.weight }, () => m));
const WEIGHTED = weighted(MUTATIONS);
const GENTLE = weighted(MUTATIONS.filter((m) => m.isGentle === true));
/** Longer texts are not made longer still. */
const LONGEST = 400_000;

function once(text: string, random: Random, pool: Pool, mutations: readonly Mutation[]): string {
  const { on, change } = random.of(mutations);
  const pieces = on === 'tokens' ? tokensOf(text) : on === 'lines' ? linesOf(text) : [text];
  if (pieces.length === 0) return text;
  let at = anywhere(random, pieces);
  if (on === 'tokens') {
    const from = at;
    while (isBlank(pieces[at]!) && (at = (at + 1) % pieces.length) !== from);
  }
  change(pieces, at, random, pool);
  return pieces.join('');
}

/** Changes that are tried where a text has to stay good. */
const ATTEMPTS = 6;

/** A text with one to a dozen things changed in it, most often one or two; half of the texts are changed gently. */
export function mutate(text: string, random: Random, pool: Pool): string {
  const mutations = random.chance(50) ? GENTLE : WEIGHTED;
  let changed = text;
  for (let more = true; more && changed.length < LONGEST; more = random.chance(40))
    changed = once(changed, random, pool, mutations);
  return changed;
}

/** A text in which only such changes are made after which `isGood` still says so, and one more now and then. */
export function mutateWell(
  text: string,
  random: Random,
  pool: Pool,
  isGood: (text: string) => boolean,
): string {
  let changed = text;
  for (let n = 0; n < ATTEMPTS; n += 1) {
    const next = once(changed, random, pool, WEIGHTED);
    if (next.length < LONGEST && isGood(next)) changed = next;
  }
  return changed;
}
