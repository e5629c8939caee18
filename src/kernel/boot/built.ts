import type { Insn, Reference } from '../../isa/insn.js';
import type { Relocatable, RelocatableFunction, Relocation } from '../../machine/relocatable.js';
import { decodeSlot, opOf, WORDS_PER_SLOT } from '../../machine/word.js';
import { type Frozen, thaw } from '../../syntax/frozen.js';
import type { LabAst } from '../../syntax/lab-ast.js';
import type { Source } from '../../text/source.js';
import type { Code } from './code.js';
import type { FunctionDeclaration, KernelFile } from './declared.js';

/**
 * Relocatable code as JSON. Numbers lie in rows:
 *
 *     words         four a slot, as in the machine's text
 *     spans         two for each slot: where the instruction begins, counted from the end of the one before, and its
 *                   length in its file; 0, 0 for the second slot of a wide one
 *     references    three each: the slot, the name's place in `names`, what is added to its address
 *     differences   three each: a word's place in `words`, a model's place in `models`, the word there
 *     own           three each: the slot, 0 for a call of a function of the code and 1 for the address of a slot, which
 */
export interface BuiltCode {
  readonly functions: readonly RelocatableFunction[];
  readonly words: readonly number[];
  readonly spans: readonly number[];
  readonly references: readonly number[];
  readonly differences: readonly number[];
  readonly own: readonly number[];
}

/** What is made of the files that come with the program when it is built; files are known by name. */
export interface BuiltImage {
  /** Kernel models by name, for `BuiltCode.differences`. */
  readonly models: readonly string[];
  readonly names: readonly string[];
  /** Texts lie together, and so does what else is alike: compressed, that is a tenth less. */
  readonly kernelTexts: Readonly<Record<string, string>>;
  readonly guardTexts: Readonly<Record<string, string>>;
  /** Everything that a file of the kernel declares, functions without their code. */
  readonly declarations: Readonly<Record<string, readonly Frozen[]>>;
  /** The tree of a guard's file. */
  readonly trees: Readonly<Record<string, Frozen>>;
  /** The code of the functions of a file of the kernel, in their order. */
  readonly codes: Readonly<Record<string, readonly BuiltCode[]>>;
}

const CALLS: ReadonlySet<string> = new Set(['call_helper', 'call_local', 'call_kfunc']);

/** Makes instructions of a slot's words when they are asked for. */
function insnsOf(
  code: BuiltCode,
  words: Int32Array,
  names: readonly string[],
  source: Source,
): Relocatable['insnAt'] {
  const references = new Map<number, Reference>();
  for (let i = 0; i < code.references.length; i += 3) {
    const [slot, name, addend] = code.references.slice(i, i + 3) as [number, number, number];
    references.set(slot, { name: names[name]!, addend: BigInt(addend), span: undefined });
  }
  const spans: ({ readonly start: number; readonly end: number } | undefined)[] = [];
  let last = 0;
  for (let i = 0; i < code.spans.length; i += 2) {
    const start = last + code.spans[i]!;
    const end = start + code.spans[i + 1]!;
    spans.push(end > start ? { start, end } : undefined);
    last = end;
  }
  return (slot) => {
    const span = spans[slot];
    if (span === undefined) return undefined;
    const ref = references.get(slot);
    const insn: Insn = { ...decodeSlot(words, slot), span: { source, ...span } };
    return ref === undefined ? insn : { ...insn, ref };
  };
}

function relocationsOf(code: BuiltCode, names: readonly string[]): Relocation[] {
  const relocations: Relocation[] = [];
  const { references, own, words } = code;
  for (let i = 0; i < references.length; i += 3) {
    const [slot, name, addend] = references.slice(i, i + 3) as [number, number, number];
    const { form } = opOf(words[slot * WORDS_PER_SLOT]!);
    const kind = CALLS.has(form) ? 'call' : 'address';
    relocations.push({ kind, slot, name: names[name], addend: BigInt(addend) });
  }
  for (let i = 0; i < own.length; i += 3) {
    const [slot, kind, to] = own.slice(i, i + 3) as [number, number, number];
    relocations.push(
      kind === 0 ? { kind: 'own_call', slot, fn: to } : { kind: 'own_address', slot, target: to },
    );
  }
  return relocations;
}

function builtCode(image: BuiltImage, code: BuiltCode, source: Source): Code {
  const made = new Map<string, Relocatable>();
  let relocations: readonly Relocation[] | undefined;
  return {
    kind: 'built',
    forModel: (model) => {
      const known = made.get(model.name);
      if (known !== undefined) return known;
      const which = image.models.indexOf(model.name);
      if (which < 0) throw new Error(`the kernel has not been built for ${model.name}`);
      const words = Int32Array.from(code.words);
      const { differences } = code;
      for (let i = 0; i < differences.length; i += 3)
        if (differences[i + 1] === which) words[differences[i]!] = differences[i + 2]!;
      relocations ??= relocationsOf(code, image.names);
      let insnAt: Relocatable['insnAt'] | undefined;
      const look: Relocatable['insnAt'] = (slot) => {
        insnAt ??= insnsOf(code, words, image.names, source);
        return insnAt(slot);
      };
      const relocatable: Relocatable = { functions: code.functions, words, relocations, insnAt: look };
      made.set(model.name, relocatable);
      return relocatable;
    },
  };
}

/** A file of the emulated kernel as it was when this was built; undefined where it has changed since, or is new. */
export function builtKernelFile(image: BuiltImage, name: string, source: Source): KernelFile | undefined {
  if (image.kernelTexts[name] !== source.text) return undefined;
  let next = 0;
  const declarations = image.declarations[name]!.map((frozen) => {
    const d = thaw(frozen, source) as KernelFile['declarations'][number];
    if (d.kind !== 'function') return d;
    const code = builtCode(image, image.codes[name]![next]!, source);
    next += 1;
    return { ...d, code } satisfies FunctionDeclaration;
  });
  return { source, declarations };
}

/** The tree of a guard's file as it was when this was built; undefined where the file has changed since, or none is kept. */
export function builtGuardFile(image: BuiltImage, name: string, source: Source): LabAst | undefined {
  const tree = image.trees[name];
  if (tree === undefined || image.guardTexts[name] !== source.text) return undefined;
  return thaw(tree, source) as LabAst;
}
