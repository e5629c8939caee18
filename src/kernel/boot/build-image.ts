/**
 * Writes built.generated.ts: the emulated kernel's files, parsed and assembled for every kernel model, and the trees of
 * the guards, so that no command has to parse them. What is read and what is written are the same text: a file that has
 * changed since is noticed when it is used, and parsed then.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { assemble } from '../../isa/assemble.js';
import { makeRelocatable, type Relocatable } from '../../machine/relocatable.js';
import { freeze } from '../../syntax/frozen.js';
import type { FunctionAst, LabAst } from '../../syntax/lab-ast.js';
import { parseLab } from '../../syntax/parse-lab.js';
import { type Diagnostic, hasErrors } from '../../text/diagnostic.js';
import { Findings } from '../../text/findings.js';
import { formatDiagnostics, plain } from '../../text/format.js';
import { MODELS, MOST_CPUS } from '../model.js';
import type { BuiltCode, BuiltImage } from './built.js';
import { kernelConstants } from './constants.js';

const PROGRAMS = new URL('../../../programs/', import.meta.url);

function refuse(diagnostics: readonly Diagnostic[]): never {
  throw new Error(`what ships with the program cannot be built\n${formatDiagnostics(diagnostics, plain)}`);
}

function readTree(folder: string, file: string): { readonly text: string; readonly tree: LabAst } {
  const name = `programs/${folder}/${file}`;
  const text = readFileSync(new URL(`${folder}/${file}`, PROGRAMS), 'utf8');
  const parsed = parseLab({ name, text });
  if (parsed.value === undefined || hasErrors(parsed.diagnostics)) refuse(parsed.diagnostics);
  return { text, tree: parsed.value };
}

const names: string[] = [];
const numbers = new Map<string, number>();
function numberOf(name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, names.length);
  names.push(name);
  return names.length - 1;
}

function codeFor(f: FunctionAst, model: (typeof MODELS)[number], cpus: number): Relocatable {
  const { insns, labels, diagnostics } = assemble(f.lines, {
    constants: kernelConstants(model, cpus),
    callees: 'any',
  });
  if (diagnostics.length > 0) refuse(diagnostics);
  const findings = new Findings();
  const made = makeRelocatable({ name: f.name.name, insns, labels, isInternal: true }, findings);
  return findings.errors === 0 ? made : refuse(findings.diagnostics);
}

/** What must be the same for all models. */
const shapeOf = ({ functions, relocations }: Relocatable): string =>
  JSON.stringify(freeze([functions, relocations]));

function buildCode(f: FunctionAst, arch: string | undefined): BuiltCode {
  const models = MODELS.filter((m) => arch === undefined || m.arch === arch);
  const first = codeFor(f, models[0]!, 1);
  const { words, relocations, functions } = first;
  const differences: number[] = [];
  for (const model of models) {
    const code = codeFor(f, model, 1);
    if (shapeOf(code) !== shapeOf(first) || code.words.length !== words.length)
      throw new Error(`${f.name.name} has another shape for ${model.name}`);
    code.words.forEach((word, i) => {
      if (word !== words[i]) differences.push(i, MODELS.indexOf(model), word);
    });
  }
  // Code must be the same whatever the number of CPUs.
  if (codeFor(f, models[0]!, MOST_CPUS).words.some((word, i) => word !== words[i]))
    throw new Error(`the code of ${f.name.name} depends on the number of CPUs`);
  const slots = words.length / 4;
  const spans: number[] = [];
  let last = 0;
  for (let slot = 0; slot < slots; slot += 1) {
    const { start, end } = first.insnAt(slot)?.span ?? { start: last, end: last };
    spans.push(start - last, end - start);
    last = end;
  }
  const references: number[] = [];
  const own: number[] = [];
  for (const r of relocations) {
    if (r.kind === 'own_call') own.push(r.slot, 0, r.fn);
    else if (r.kind === 'own_address') own.push(r.slot, 1, r.target);
    else {
      const ref = first.insnAt(r.slot)?.ref;
      if (ref === undefined) throw new Error(`${f.name.name} names something by number`);
      references.push(r.slot, numberOf(ref.name), Number(ref.addend));
    }
  }
  return { functions, words: [...words], spans, references, differences, own };
}

const filesIn = (folder: string): string[] =>
  readdirSync(new URL(folder, PROGRAMS))
    .filter((f) => f.endsWith('.bpf'))
    .sort();

interface Read {
  /** Its file, and the name under which it is kept. */
  readonly file: string;
  readonly name: string;
  readonly text: string;
  readonly tree: LabAst;
}
const readAll = (folder: string): Read[] =>
  filesIn(folder).map((file) => ({ file, name: file.slice(0, -'.bpf'.length), ...readTree(folder, file) }));
const byName = <T>(read: readonly Read[], of: (file: Read) => T): Record<string, T> =>
  Object.fromEntries(read.map((file) => [file.name, of(file)]));

const kernel = readAll('kernel');
const guards = readAll('guards');
const image: BuiltImage = {
  models: MODELS.map((m) => m.name),
  names,
  kernelTexts: byName(kernel, ({ text }) => text),
  guardTexts: byName(guards, ({ text }) => text),
  declarations: byName(kernel, ({ tree }) =>
    tree.declarations.map((d) => freeze(d.kind === 'function' ? { ...d, lines: undefined } : d)),
  ),
  trees: byName(guards, ({ tree }) => freeze(tree)),
  codes: byName(kernel, ({ file, tree }) => {
    const arch = /^arch-(\w+)\.bpf$/.exec(file)?.[1];
    return tree.declarations.flatMap((d) => (d.kind === 'function' ? [buildCode(d, arch)] : []));
  }),
};
// A string that is parsed when it is needed: quicker to start with than the same as an expression.
writeFileSync(
  new URL('./built.generated.ts', import.meta.url),
  `import type { BuiltImage } from './built.js';

/** Generated from programs/kernel and programs/guards; see build-image.ts. */
export const BUILT: BuiltImage = JSON.parse(${JSON.stringify(JSON.stringify(image))}) as BuiltImage;
`,
);
