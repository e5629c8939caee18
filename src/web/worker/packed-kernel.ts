import type { BuiltCode, BuiltImage } from '../../kernel/boot/built.js';
import type { Frozen } from '../../syntax/frozen.js';

/**
 * The emulated kernel as the page loads it: the same as `BuiltImage`, by columns and without what can be told from its
 * text, half of it when it is compressed. Comments between functions are blank: what is shown of the kernel are lines of
 * functions. Lines are without the four spaces that most begin with. Guards are parsed when they are used.
 */
export interface PackedKernel extends Omit<BuiltImage, 'codes' | 'declarations' | 'names'> {
  /** By their places, those that are not the longest word of the statement that refers to them first. */
  readonly names: Readonly<Record<string, string>>;
  /** Of each file: what is declared, by its place among all, where it is not what `declarationAt` reads. */
  readonly declarations: Readonly<Record<string, Readonly<Record<string, Frozen>>>>;
  /** Of all functions, one after the other: where a function is its code and nothing else, the size of its frame. */
  readonly functions: readonly (BuiltCode['functions'] | number)[];
  /** Slots that are not what the last one with the same statement was: how many others come before each. */
  readonly others: readonly number[];
  /** Of slots that are said, the four words, by their place in the slot: how far they are from what is guessed. */
  readonly words: readonly (readonly number[])[];
  /** Of said slots that refer to a name, how long it is since it was new, and what is added. */
  readonly references: Listed;
  /** Of said slots, three each: the word of the slot, what it is, and in which models, a bit for each. */
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

const matchAt = (pattern: RegExp, text: string, at: number): string => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
};

interface Slots {
  readonly statements: string[];
  /** As `BuiltCode` has them. */
  readonly spans: number[];
  /** How far each jumps; 0 where it does not. */
  readonly jumps: readonly number[];
}

/** A label and the slot after it. */
type Label = readonly [string, number];

/** How far a statement in a slot jumps. */
function jumpOf(statement: string, slot: number, labels: readonly Label[]): number {
  const [, label = '', back] = / goto (\w+?)(?:(?<=\d)(?:f|(b)))?$/.exec(` ${statement}`) ?? [];
  const all = labels.filter(([name]) => name === label).map(([, at]) => at);
  const to = back === undefined ? all.find((at) => at > slot) : all.findLast((at) => at <= slot);
  return (to ?? all[0] ?? slot + 1) - slot - 1;
}

/** Statements of a function whose head ends at `at`, one for each slot. */
function slotsIn(text: string, at: number): Slots {
  const statements: string[] = [];
  const spans: number[] = [];
  const labels: Label[] = [];
  // The first is counted from the beginning of the text.
  for (let [last, end] = [0, at]; ; last = end) {
    const gap = matchAt(GAP, text, end);
    for (const [, label] of gap.matchAll(/^\s*(\w+):/gm)) labels.push([label!, statements.length]);
    const start = end + gap.length;
    const statement = matchAt(STATEMENT, text, start);
    if (statement === '' || statement === '}')
      return { statements, spans, jumps: statements.map((one, i) => jumpOf(one, i, labels)) };
    statements.push(statement);
    spans.push(start - last, statement.length);
    end = start + statement.length;
    if (!statement.endsWith(' ll')) continue;
    // The second half of a wide one.
    statements.push(`${statement}+`);
    spans.push(0, 0);
  }
}

/** Lines with which something is declared. */
const HEAD = /^[a-z]\w* .*$/gm;
const FUNCTION = /^function (\w+)\(([^)]*)\)((?: \w+)*) \{$/;

const VARIABLE = /^(percpu|global) (\w+) : u(\d+)(?:\[(\d+)\])?$/;

/** Places, each by how far it is from the one before it. */
function spans(): (from: number, length: number) => Frozen {
  let last = 0;
  return (from, length) => {
    const since = from - last;
    last = from;
    return ['@', since, length];
  };
}

/** A variable, frozen, if the line is one as most are. */
function variableAt(start: number, line: string): Frozen | undefined {
  const [, kind, name, bits, count] = VARIABLE.exec(line) ?? [];
  if (kind === undefined || name === undefined) return undefined;
  const span = spans();
  const end = start + line.length;
  const type = start + line.indexOf(': ') + 2;
  return {
    kind,
    name: { name, span: span(start + kind.length + 1, name.length) },
    type: {
      bits: Number(bits),
      signed: false,
      ...(count !== undefined && {
        count: {
          kind: 'number',
          value: ['#', count],
          octal: false,
          span: span(end - 1 - count.length, count.length),
        },
      }),
      span: span(type, end - type),
    },
    span: span(start, line.length),
  };
}

/** What a line declares, frozen, if it is a variable or the head of a function as most are. */
function declarationAt(text: string, start: number, line: string): Frozen | undefined {
  const [, name, params, flags] = FUNCTION.exec(line) ?? [];
  if (name === undefined || params === undefined || flags === undefined) return variableAt(start, line);
  const span = spans();
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

/** Where the heads of the functions of a text end. */
const headsOf = (text: string): number[] =>
  [...text.matchAll(/^function .*$/gm)].map(({ 0: line, index }) => index + line.length);

const readDeclarations = (text: string): (Frozen | undefined)[] =>
  [...text.matchAll(HEAD)].map(({ 0: line, index }) => declarationAt(text, index, line));

const mapped = <T, U>(all: Readonly<Record<string, T>>, of: (one: T, name: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, of(one, name)]));

/** Of comments one after the other the first line is as long as all were. */
const blank = (text: string): string =>
  text.replace(/(?:^\/\/.*\n)+/gm, (comments) => {
    const lines = comments.split('\n').length - 1;
    return ' '.repeat(comments.length - lines) + '\n'.repeat(lines);
  });

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
    .sort(([a, first], [b, second]) => first - second || a - b)
    .flat(),
});

/** Three each: word, what it is, and the models, a bit for each; of which there are fewer than a number has bits. */
function byModels(differences: readonly number[]): number[] {
  const groups = new Map<string, [number, number, number]>();
  for (const [word, model, value] of triples(differences)) {
    const group = groups.get(`${word} ${value}`) ?? [word, value, 0];
    group[2] += 2 ** model;
    groups.set(`${word} ${value}`, group);
  }
  return [...groups.values()].flat();
}

const ofModels = (groups: readonly number[], models: number): number[] =>
  triples(groups).flatMap(([word, value, bits]) =>
    Array.from({ length: models }, (_, model) => model)
      .filter((model) => Math.floor(bits / 2 ** model) % 2 === 1)
      .flatMap((model) => [word, model, value]),
  );

/** A function that is its code and nothing else. */
const whole = (end: number, frameSize: number): BuiltCode['functions'] => [
  { label: '0', start: 0, end, frameSize },
];

/** The name that a statement refers to, most likely. */
const nameIn = (statement: string): string =>
  (statement.match(/[A-Za-z_][\w.]*/g) ?? []).reduce((a, b) => (b.length > a.length ? b : a), '');

/** What the words of slots are likely to be, from the registers and numbers of their statements and the last one of the same kind. */
class Guesses {
  readonly #operations = new Map<string, number>();

  /** `wordsOf` is told what is guessed, and says what the words are. */
  words(statement: string, wordsOf: (guess: readonly number[]) => readonly number[]): readonly number[] {
    const kind = statement.replace(/\d+/g, '').replace(/(?<=goto|call).*/, '');
    const [dst = 0, src = 0] = (statement.match(/(?<=\b[rw])\d+\b/g) ?? []).map(Number);
    const [, sign = '', offset = 0] = / ([+-]) (\d+)\)/.exec(statement) ?? [];
    const registers = (dst << 9) + (src << 17);
    const immediate = Number(/ (-?\d+)(?= goto|$)/.exec(statement)?.[1] ?? 0);
    const operation = this.#operations.get(kind) ?? 0;
    const words = wordsOf([registers + operation, Number(`${sign}${offset}`), immediate, 0]);
    this.#operations.set(kind, words[0]! - registers);
    return words;
  }
}

/** The words of an instruction that jumps so much further. */
const jumped = (words: readonly number[], by: number): readonly number[] =>
  words.map((word, k) => (k === 1 ? word + by : word));

const INDENT = '    ';

/** A line as it is packed: others than indented ones have a space before them, and of blank ones only their length is said. */
const packLine = (line: string): string => {
  if (line === '') return line;
  if (line.trim() === '') return `  ${line.length}`;
  return /^ {4}\S/.test(line) ? line.slice(INDENT.length) : ` ${line}`;
};
const unpackLine = (line: string): string => {
  if (line === '') return line;
  if (/^ {2}\d+$/.test(line)) return ' '.repeat(Number(line));
  return line.startsWith(' ') ? line.slice(1) : `${INDENT}${line}`;
};
const byLine = (text: string, change: (line: string) => string): string =>
  text.split('\n').map(change).join('\n');

export function packKernel({ codes, kernelTexts, declarations, names, ...rest }: BuiltImage): PackedKernel {
  const texts = mapped(kernelTexts, blank);
  const all = Object.entries(codes).flatMap(([file, some]) => {
    const heads = headsOf(texts[file]!);
    return some.map((code, i) => ({ text: texts[file]!, at: heads[i]!, code }));
  });
  const others: number[] = [];
  const said: Slot[] = [];
  const known = new Map<string, Slot>();
  const otherNames: Record<string, string> = {};
  let [same, named] = [0, 0];
  const references: number[][] = [];
  const guesses = new Guesses();
  const say = (statement: string, slot: Slot): void => {
    const [name, addend] = slot.reference;
    guesses.words(statement, (guess) => {
      said.push({ ...slot, words: slot.words.map((word, k) => word - guess[k]!) });
      return slot.words;
    });
    references.push(name === undefined ? [] : [named - name, addend!]);
    if (name !== named) return;
    if (names[name] !== nameIn(statement)) otherNames[name] = names[name]!;
    named += 1;
  };
  for (const { text, at, code } of all) {
    const { statements, spans, jumps } = slotsIn(text, at);
    if (!isSame(spans, code.spans))
      throw new Error(`instructions are not where they are looked for: ${text.slice(at, at + 200)}`);
    for (const [i, slot] of slotsOf(code).entries()) {
      const one = { ...slot, words: jumped(slot.words, -jumps[i]!) };
      const statement = statements[i]!;
      const last = known.get(statement);
      known.set(statement, one);
      if (last !== undefined && isSame(last, one)) {
        same += 1;
        continue;
      }
      say(statement, one);
      // A statement that is new is said without being asked.
      if (last === undefined) continue;
      others.push(same);
      same = 0;
    }
  }
  return {
    ...rest,
    names: otherNames,
    trees: {},
    declarations: mapped(declarations, (all, name) => {
      const read = readDeclarations(texts[name]!);
      return Object.fromEntries([...all.entries()].filter(([i, one]) => !isSame(read[i], one)));
    }),
    kernelTexts: mapped(texts, (text) => byLine(text, packLine)),
    functions: all.map(({ code: { functions, spans } }) => {
      const size = functions[0]!.frameSize;
      return isSame(functions, whole(spans.length / 2, size)) ? size : functions;
    }),
    others,
    words: Array.from({ length: WORDS }, (_, k) => said.map(({ words }) => words[k]!)),
    references: listed(references),
    differences: listed(said.map((slot) => byModels(slot.differences))),
    own: listed(all.map(({ code }) => code.own)),
  };
}

export function unpackKernel(packed: PackedKernel): BuiltImage {
  const { functions, others, words, references, differences, own, names: otherNames, ...rest } = packed;
  const [refs, diffs, owns] = [lists(references), lists(differences), lists(own)];
  const known = new Map<string, Slot>();
  const names: string[] = [];
  const guesses = new Guesses();
  let [fn, word, other, same] = [0, 0, 0, 0];
  const next = (statement: string): Slot => {
    const [since, addend] = refs.next().value as readonly number[];
    const named = names.length;
    if (since === 0) names.push(otherNames[named] ?? nameIn(statement));
    const slot = {
      words: guesses.words(statement, (guess) => words.map((column, k) => column[word]! + guess[k]!)),
      reference: since === undefined ? [] : [named - since, addend!],
      differences: ofModels(diffs.next().value as readonly number[], rest.models.length),
    };
    word += 1;
    return slot;
  };
  const slotOf = (statement: string): Slot => {
    const last = known.get(statement);
    if (last !== undefined && others[other] !== same) {
      same += 1;
      return last;
    }
    if (last !== undefined) {
      other += 1;
      same = 0;
    }
    const slot = next(statement);
    known.set(statement, slot);
    return slot;
  };
  const nextCode = (text: string, at: number): BuiltCode => {
    const { statements, spans, jumps } = slotsIn(text, at);
    const said = functions[fn]!;
    fn += 1;
    return {
      functions: typeof said === 'number' ? whole(statements.length, said) : said,
      spans,
      ...codeOf(statements.map(slotOf).map((slot, i) => ({ ...slot, words: jumped(slot.words, jumps[i]!) }))),
      own: owns.next().value as readonly number[],
    };
  };
  const kernelTexts = mapped(rest.kernelTexts, (text) => byLine(text, unpackLine));
  const codes = mapped(kernelTexts, (text) => headsOf(text).map((at) => nextCode(text, at)));
  const declarations = mapped(rest.declarations, (unusual, name) =>
    readDeclarations(kernelTexts[name]!).map((one, i) => unusual[i] ?? one!),
  );
  return { ...rest, names, declarations, kernelTexts, codes };
}
