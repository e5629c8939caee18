import type { BuiltCode, BuiltImage } from '../../kernel/boot/built.js';
import type { Frozen } from '../../syntax/frozen.js';

/**
 * The emulated kernel as the page loads it: the same as `BuiltImage`, by columns and without what can be told from its
 * text, a third less when it is compressed. Comments between functions are blank: what is shown of the kernel are lines of
 * functions. Guards are parsed when they are used.
 */
export interface PackedKernel extends Omit<BuiltImage, 'codes' | 'declarations'> {
  /** Of each file: what is declared, by its place among all, where it is not what `declarationAt` reads. */
  readonly declarations: Readonly<Record<string, Readonly<Record<string, Frozen>>>>;
  /** How many functions each file has. */
  readonly files: Readonly<Record<string, number>>;
  /** Of all functions, one after the other: where a function is its code and nothing else, the size of its frame. */
  readonly functions: readonly (BuiltCode['functions'] | number)[];
  /** Slots of each function. */
  readonly slots: readonly number[];
  /** Three each, of places that are not where `nextPlace` looks: how many slots on, and the two numbers. */
  readonly places: readonly number[];
  /** Slots that are not what the last one with the same statement was: how many others come before each. */
  readonly others: readonly number[];
  /** Of slots that are said, the four words, by their place in the slot. */
  readonly words: readonly (readonly number[])[];
  /** Of said slots, how many numbers of the reference they have: a name, as how long it is since a new one came, and what is added. */
  readonly references: Listed;
  /** Of said slots, the word of the slot, the model and the word there. */
  readonly differences: Listed;
  /** Of functions. */
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

/** Lines with which something is declared. */
const HEAD = /^[a-z]\w* .*$/gm;
const FUNCTION = /^function (\w+)\(([^)]*)\)((?: \w+)*) \{$/;

/** What a line declares, frozen, if it is the head of a function as most are. */
function declarationAt(text: string, start: number, line: string): Frozen | undefined {
  const [, name, params, flags] = FUNCTION.exec(line) ?? [];
  if (name === undefined || params === undefined || flags === undefined) return undefined;
  let last = 0;
  const span = (from: number, length: number): Frozen => {
    const since = from - last;
    last = from;
    return ['@', since, length];
  };
  const afterName = start + line.indexOf(name);
  const flagsStart = start + line.length - ' {'.length - flags.length;
  return {
    kind: 'function',
    name: { name, span: span(afterName, name.length) },
    params: [...params.matchAll(/(\w+) (\w+)/g)].map(([, type, param]) => ({ type: type!, name: param! })),
    flags: [...flags.matchAll(/\w+/g)].map(({ 0: flag, index }) => ({
      name: flag,
      span: span(flagsStart + index, flag.length),
    })),
    span: span(start, text.indexOf('\n}', start) + 2 - start),
  };
}

const readDeclarations = (text: string): (Frozen | undefined)[] =>
  [...text.matchAll(HEAD)].map(({ 0: line, index }) => declarationAt(text, index, line));

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

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What there is of an instruction beside its place. */
interface Slot {
  readonly words: readonly number[];
  /** The place of a name, and what is added to its address; empty where nothing is referred to. */
  readonly reference: readonly number[];
  /** Three each: the word, the model, the word there. */
  readonly differences: readonly number[];
}

/** Statements of a function: the text of each slot, with a mark at the second half of a wide one. */
function statementsOf(text: string, spans: readonly number[]): string[] {
  const statements: string[] = [];
  let last = 0;
  for (let i = 0; i < spans.length; i += 2) {
    const [after, length] = [spans[i]!, spans[i + 1]!];
    statements.push(length === 0 ? `${statements.at(-1)}+` : text.slice(last + after, last + after + length));
    last += after + length;
  }
  return statements;
}

const triples = (numbers: readonly number[]): (readonly [number, number, number])[] =>
  Array.from({ length: numbers.length / 3 }, (_, i) => [
    numbers[3 * i]!,
    numbers[3 * i + 1]!,
    numbers[3 * i + 2]!,
  ]);

function slotsOf({ words, references, differences }: BuiltCode): Slot[] {
  const slots = Array.from({ length: words.length / WORDS }, (_, i) => ({
    words: words.slice(WORDS * i, WORDS * (i + 1)),
    reference: [] as number[],
    differences: [] as number[],
  }));
  for (const [slot, name, addend] of triples(references)) slots[slot]!.reference = [name, addend];
  for (const [word, model, value] of triples(differences))
    slots[Math.floor(word / WORDS)]!.differences.push(word % WORDS, model, value);
  return slots;
}

/** The other way round: what differs is in order of the models. */
const codeOf = (slots: readonly Slot[]): Pick<BuiltCode, 'words' | 'references' | 'differences'> => ({
  words: slots.flatMap((slot) => slot.words),
  references: slots.flatMap(({ reference }, i) => (reference.length === 0 ? [] : [i, ...reference])),
  differences: slots
    .flatMap((slot, i) =>
      triples(slot.differences).map(([word, model, value]) => [WORDS * i + word, model, value] as const),
    )
    .sort(([, a], [, b]) => a - b)
    .flat(),
});

export function packKernel({ codes, kernelTexts, declarations, ...rest }: BuiltImage): PackedKernel {
  const texts = mapped(kernelTexts, blank);
  const all = Object.entries(codes).flatMap(([file, some]) =>
    some.map((code) => ({ text: texts[file]!, code })),
  );
  const places: number[] = [];
  const others: number[] = [];
  const said: Slot[] = [];
  const known = new Map<string, Slot>();
  let [since, same] = [0, 0];
  for (const { text, code } of all) {
    let slot = 0;
    walkPlaces(text, code.spans.length / 2, ([after, length]) => {
      const place = [code.spans[2 * slot]!, code.spans[2 * slot + 1]!] as const;
      slot += 1;
      if (place[0] === after && place[1] === length) since += 1;
      else {
        places.push(since, ...place);
        since = 0;
      }
      return place;
    });
    const statements = statementsOf(text, code.spans);
    for (const [i, one] of slotsOf(code).entries()) {
      const last = known.get(statements[i]!);
      known.set(statements[i]!, one);
      if (last !== undefined && isSame(last, one)) {
        same += 1;
        continue;
      }
      said.push(one);
      // A statement that is new is said without being asked.
      if (last === undefined) continue;
      others.push(same);
      same = 0;
    }
  }
  let names = 0;
  const references = said.map(({ reference: [name, addend] }) => {
    if (name === undefined) return [];
    const before = names - name;
    names = Math.max(names, name + 1);
    return [before, addend!];
  });
  return {
    ...rest,
    trees: {},
    declarations: mapped(declarations, (all, name) => {
      const read = readDeclarations(texts[name]!);
      return Object.fromEntries([...all.entries()].filter(([i, one]) => !isSame(read[i], one)));
    }),
    kernelTexts: texts,
    files: Object.fromEntries(Object.entries(codes).map(([file, some]) => [file, some.length])),
    functions: all.map(({ code: { functions, spans } }) => {
      const size = functions[0]!.frameSize;
      return isSame(functions, whole(spans.length / 2, size)) ? size : functions;
    }),
    slots: all.map(({ code }) => code.spans.length / 2),
    places,
    others,
    words: Array.from({ length: WORDS }, (_, k) => said.map(({ words }) => words[k]!)),
    references: listed(references),
    differences: listed(said.map((slot) => slot.differences)),
    own: listed(all.map(({ code }) => code.own)),
  };
}

/** A function that is its code and nothing else. */
const whole = (end: number, frameSize: number): BuiltCode['functions'] => [
  { label: '0', start: 0, end, frameSize },
];

export function unpackKernel(packed: PackedKernel): BuiltImage {
  const { files, functions, slots, places, others, words, references, differences, own, ...rest } = packed;
  const [refs, diffs, owns] = [lists(references), lists(differences), lists(own)];
  const codes: Record<string, BuiltCode[]> = {};
  const known = new Map<string, Slot>();
  let [fn, word, exception, since, other, same, names] = [0, 0, 0, 0, 0, 0, 0];
  const spansOf = (text: string, count: number): number[] => {
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
    return spans;
  };
  const next = (): Slot => {
    const [before, addend] = refs.next().value as readonly number[];
    const name = before === undefined ? 0 : names - before;
    if (before !== undefined) names = Math.max(names, name + 1);
    const slot = {
      words: words.map((column) => column[word]!),
      reference: before === undefined ? [] : [name, addend!],
      differences: diffs.next().value as readonly number[],
    };
    word += 1;
    return slot;
  };
  const slotOf = (statement: string): Slot => {
    let slot = known.get(statement);
    if (slot !== undefined && others[other] !== same) {
      same += 1;
      return slot;
    }
    if (slot !== undefined) {
      other += 1;
      same = 0;
    }
    slot = next();
    known.set(statement, slot);
    return slot;
  };
  const nextCode = (text: string): BuiltCode => {
    const count = slots[fn]!;
    const spans = spansOf(text, count);
    const said = functions[fn]!;
    fn += 1;
    return {
      functions: typeof said === 'number' ? whole(count, said) : said,
      spans,
      ...codeOf(statementsOf(text, spans).map(slotOf)),
      own: owns.next().value as readonly number[],
    };
  };
  for (const [file, count] of Object.entries(files))
    codes[file] = Array.from({ length: count }, () => nextCode(packed.kernelTexts[file]!));
  const declarations = mapped(rest.declarations, (unusual, name) =>
    readDeclarations(rest.kernelTexts[name]!).map((one, i) => unusual[i] ?? one!),
  );
  return { ...rest, declarations, codes };
}
