import type { BuiltCode, BuiltImage } from '../../kernel/boot/built.js';
import type { Frozen } from '../../syntax/frozen.js';

/**
 * The emulated kernel as the page loads it: the same as `BuiltImage`, by columns and without what can be told from its
 * text, a fifth less when it is compressed. Comments between functions are blank: what is shown of the kernel are lines of
 * functions. Guards are parsed when they are used.
 */
export interface PackedKernel extends Omit<BuiltImage, 'codes'> {
  /** How many functions each file has. */
  readonly files: Readonly<Record<string, number>>;
  /** Of all functions, one after the other. */
  readonly functions: readonly BuiltCode['functions'][];
  /** Slots of each function; the four words of each slot, by their place in it. */
  readonly slots: readonly number[];
  readonly words: readonly (readonly number[])[];
  /** Three each, of places that are not where `nextPlace` looks: how many slots on, and the two numbers. */
  readonly places: readonly number[];
  readonly references: Listed;
  readonly differences: Listed;
  readonly own: Listed;
}

/** Lists of numbers: how long each is, and all of them. */
interface Listed {
  readonly counts: readonly number[];
  readonly all: readonly number[];
}

const WORDS = 4;
const GAP = /(?:\s|\/\/.*|[\w.$]+:(?=\s))*/y;
const STATEMENT = /[^\n]*?(?=[ \t]*(?:\/\/[^\n]*)?(?:\n|$))/y;

type Place = readonly [after: number, length: number];

/** Where the next instruction most likely is, after the one that ends at `last`: the next statement of the text. */
function nextPlace(text: string, last: number, isSecondHalf: boolean): Place {
  if (isSecondHalf) return [0, 0];
  GAP.lastIndex = last;
  GAP.exec(text);
  const start = GAP.lastIndex;
  STATEMENT.lastIndex = start;
  return [start - last, STATEMENT.exec(text)?.[0].length ?? 0];
}

/** Walks through the places of a function's instructions; `at` tells each, given where it most likely is. */
function walkPlaces(text: string, slots: number, at: (likely: Place) => Place): void {
  let last = 0;
  let isWide = false;
  for (let slot = 0; slot < slots; slot += 1) {
    const [after, length] = at(nextPlace(text, last, isWide));
    isWide = length > 0 && text.slice(last + after, last + after + length).endsWith(' ll');
    last += after + length;
  }
}

/** Where a name most likely is, after the span that begins at `last`: where the text has it next. */
const nextName = (text: string, last: number, name: string): Place => [
  Math.max(0, text.indexOf(name, last) - last),
  name.length,
];

/** Where a function most likely is, whose last span within it begins at `last`: from its line to a brace in the margin. */
function functionPlace(text: string, last: number): Place {
  const start = text.lastIndexOf('\n', last) + 1;
  return [start - last, text.indexOf('\n}', last) + 2 - start];
}

/** Stands for a span that is where it most likely is. */
const LIKELY = 0;

type Members = Readonly<Record<string, Frozen>>;

/** The tree with each span as `as` has it, given where it most likely is. */
function withSpans(
  frozen: Frozen,
  text: string,
  as: (span: Frozen, likely: Place) => readonly [kept: Frozen, from: number],
): Frozen {
  let last = 0;
  const walk = (part: Frozen): Frozen => {
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.map((one: Frozen) => walk(one));
    const members = part as Members;
    return Object.fromEntries(
      Object.entries(members).map(([key, one]) => {
        if (key !== 'span') return [key, walk(one)];
        const { name } = members;
        const likely = typeof name === 'string' ? nextName(text, last, name) : functionPlace(text, last);
        const [kept, from] = as(one, likely);
        last += from;
        return [key, kept];
      }),
    );
  };
  return walk(frozen);
}

const packSpans = (frozen: Frozen, text: string): Frozen =>
  withSpans(frozen, text, (span, likely) => {
    const [, from, length] = span as readonly [string, number, number];
    return [likely[0] === from && likely[1] === length ? LIKELY : span, from];
  });

const unpackSpans = (frozen: Frozen, text: string): Frozen =>
  withSpans(frozen, text, (span, likely) => {
    const [, from, length] = span === LIKELY ? ['@', ...likely] : (span as readonly [string, number, number]);
    return [['@', from as number, length as number], from as number];
  });

const mapped = <T, U>(all: Readonly<Record<string, T>>, of: (one: T, name: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, of(one, name)]));

const blank = (text: string): string => text.replace(/^\/\/.*$/gm, (comment) => ' '.repeat(comment.length));

const listed = (lists: readonly (readonly number[])[]): Listed => ({
  counts: lists.map((list) => list.length),
  all: lists.flat(),
});

function* lists({ counts, all }: Listed): Generator<readonly number[]> {
  let at = 0;
  for (const count of counts) yield all.slice(at, (at += count));
}

export function packKernel({ codes, kernelTexts, declarations, ...rest }: BuiltImage): PackedKernel {
  const texts = mapped(kernelTexts, blank);
  const all = Object.entries(codes).flatMap(([file, some]) => some.map((code) => ({ file, code })));
  const places: number[] = [];
  let since = 0;
  for (const { file, code } of all) {
    let slot = 0;
    walkPlaces(texts[file]!, code.spans.length / 2, ([after, length]) => {
      const place = [code.spans[2 * slot]!, code.spans[2 * slot + 1]!] as const;
      slot += 1;
      if (place[0] === after && place[1] === length) since += 1;
      else {
        places.push(since, ...place);
        since = 0;
      }
      return place;
    });
  }
  const words = all.flatMap(({ code }) => code.words);
  const of = (key: 'references' | 'differences' | 'own'): Listed => listed(all.map(({ code }) => code[key]));
  return {
    ...rest,
    trees: {},
    declarations: mapped(declarations, (all, name) => all.map((d) => packSpans(d, texts[name]!))),
    kernelTexts: texts,
    files: Object.fromEntries(Object.entries(codes).map(([file, some]) => [file, some.length])),
    functions: all.map(({ code }) => code.functions),
    slots: all.map(({ code }) => code.spans.length / 2),
    words: Array.from({ length: WORDS }, (_, k) => words.filter((_word, i) => i % WORDS === k)),
    places,
    references: of('references'),
    differences: of('differences'),
    own: of('own'),
  };
}

export function unpackKernel(packed: PackedKernel): BuiltImage {
  const { files, functions, slots, words, places, references, differences, own, ...rest } = packed;
  const [refs, diffs, owns] = [lists(references), lists(differences), lists(own)];
  const codes: Record<string, BuiltCode[]> = {};
  let [fn, word, exception, since] = [0, 0, 0, 0];
  const codeOf = (text: string): BuiltCode => {
    const count = slots[fn]!;
    const spans: number[] = [];
    walkPlaces(text, count, (likely) => {
      const [skipped, ...place] = places.slice(exception, exception + 3) as [number, number, number];
      const isException = skipped === since;
      since = isException ? 0 : since + 1;
      if (isException) exception += 3;
      const found = isException ? place : likely;
      spans.push(...found);
      return found;
    });
    const code = {
      functions: functions[fn]!,
      words: Array.from(
        { length: count * WORDS },
        (_, i) => words[i % WORDS]![word + Math.floor(i / WORDS)]!,
      ),
      spans,
      references: refs.next().value as readonly number[],
      differences: diffs.next().value as readonly number[],
      own: owns.next().value as readonly number[],
    };
    fn += 1;
    word += count;
    return code;
  };
  for (const [file, count] of Object.entries(files))
    codes[file] = Array.from({ length: count }, () => codeOf(packed.kernelTexts[file]!));
  const declarations = mapped(rest.declarations, (all, name) =>
    all.map((d) => unpackSpans(d, rest.kernelTexts[name]!)),
  );
  return { ...rest, declarations, codes };
}
