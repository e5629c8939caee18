import { Argument, Command } from 'commander';
import { FORMS } from '../isa/forms.js';
import { helperById } from '../isa/helpers.js';
import { makeInsn } from '../isa/insn.js';
import { printKernel } from '../isa/print/kernel.js';
import { printLlvm } from '../isa/print/llvm.js';
import { printMnemonic } from '../isa/print/mnemonic.js';
import { OPERATIONS } from '../isa/table.js';
import { type AttachKind, KINDS, type KindInfo, kindInfo } from '../kernel/attach/kinds.js';
import { DEFAULT_MODEL, MODELS } from '../kernel/model.js';
import { bootScenario } from '../lab/boot.js';
import { PROPERTIES } from '../lab/properties.js';
import { formatTable, type Row } from '../report/table.js';
import { CODES } from '../text/codes.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';

function insns(): Row[] {
  return OPERATIONS.map((op) => {
    const uses: readonly string[] = FORMS[op.form].uses;
    const field = (name: string, value: number): number => (uses.includes(name) ? value : 0);
    const sample = makeInsn(op, {
      dst: field('dst', 1),
      src: field('src', 2),
      off: field('off', 8),
      imm: field('imm', 5),
    });
    return {
      name: op.name,
      opcode: `0x${op.opcode.toString(16).padStart(2, '0')}`,
      select: op.select === undefined ? '' : `${op.select.field}=${op.select.value}`,
      isa: op.isa,
      llvm: printLlvm(sample, { alu32: true, exact: true }).replace('\t', ' '),
      kernel: printKernel(sample),
      mnemonic: printMnemonic(sample),
    };
  });
}

/** The first sentence of the comment that a file begins with, without the file's name. */
export function firstSentence(text: string): string {
  const comment = /^(?:\/\/.*\n)+/.exec(text)?.[0] ?? '';
  const plain = comment
    .replace(/^\/\/ ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return /^.*?\.(?= |$)/.exec(plain.replace(/^[\w-]+: /, ''))?.[0] ?? plain;
}

function guards(cx: CliContext): Row[] {
  return environmentOf(cx).guardNames.map((name) => ({
    name,
    what: firstSentence(environmentOf(cx).guardSource(name)?.text ?? ''),
  }));
}

function kernels(): Row[] {
  return MODELS.map((m) => ({
    name: m.name,
    guard: m.guard,
    default: m.name === DEFAULT_MODEL ? 'yes' : '',
    what: m.summary,
  }));
}

/** What programs can call and attach to, as a machine without a lab has it. */
function kernelLists(cx: CliContext): { helpers: Row[]; functions: Row[]; tracepoints: Row[] } {
  const { kernel } = bootScenario({ declarations: [] }, undefined, environmentOf(cx), {});
  const provided = kernel.symbols.callees('public');
  const helpers: Row[] = [];
  for (let id = 1; helperById(id) !== undefined; id += 1) {
    const name = helperById(id)?.name ?? '';
    if (provided.has(name)) helpers.push({ id, name });
  }
  return {
    helpers,
    functions: [...kernel.traceable.values()].map((t) => ({ name: t.name, arguments: t.nargs })),
    tracepoints: [...kernel.tracepoints].map(([name, nargs]) => ({ name, arguments: nargs })),
  };
}

const SITES = {
  trampoline: 'a function, by its trampoline',
  probe: 'a function, by a probe',
  tracepoint: 'a tracepoint',
  none: 'nothing',
} as const;

function kinds(): Row[] {
  const maySleep: Readonly<Record<KindInfo['sleepable'], (name: string) => string>> = {
    never: () => '',
    marked: (name) => `${name}.s`,
    always: () => 'yes',
  };
  return (Object.keys(KINDS) as AttachKind[]).map((name) => {
    const kind = kindInfo(name);
    return {
      name,
      'attached to': SITES[kind.site],
      guard: kind.guard,
      'may sleep': maySleep[kind.sleepable](name),
      'test_run calls': kind.testRun ?? '',
    };
  });
}

const codes = (): Row[] => Object.entries(CODES).map(([code, { title }]) => ({ code, title }));

const properties = (): Row[] =>
  Object.entries(PROPERTIES).map(([name, meaning]) => ({ name, 'what holds': meaning }));

const LISTS: Readonly<Record<string, (cx: CliContext) => Row[]>> = {
  insns,
  guards,
  kernels,
  kinds,
  helpers: (cx) => kernelLists(cx).helpers,
  functions: (cx) => kernelLists(cx).functions,
  tracepoints: (cx) => kernelLists(cx).tracepoints,
  properties,
  codes,
};

export function listCommand(cx: CliContext): Command {
  return new Command('list')
    .addArgument(new Argument('<what>', 'which table').choices(Object.keys(LISTS)))
    .action((what: string) => {
      const rows = LISTS[what]?.(cx) ?? [];
      if (cx.json) cx.document({ [what]: rows });
      else cx.out(formatTable(rows, cx.palette.bold));
    });
}
