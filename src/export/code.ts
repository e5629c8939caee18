import { encodeProgram } from '../isa/encode.js';
import { functionSlot } from '../isa/flow.js';
import { helperById, helperByName } from '../isa/helpers.js';
import { type Insn, makeInsn, slotsOf } from '../isa/insn.js';
import { isInternal } from '../isa/operation.js';
import { operation } from '../isa/table.js';
import type { Kernel, Program } from '../kernel/kernel.js';
import { RELOCATION } from '../object/relocations.js';
import type { LineToWrite } from '../object/write/btf-ext.js';
import type { RelocationToWrite } from '../object/write/elf.js';
import { splitSpacedName } from '../syntax/name-space.js';
import { lineAround, placeOf } from '../text/source.js';
import { KFUNCS } from '../verify/calls/kfuncs.js';
import type { OfLab } from './declared.js';
import { isIdentifier, NOT_AN_IDENTIFIER } from './left-out.js';

/** What code may refer to. */
export interface Names {
  /** Maps and variables that are exported. */
  readonly data: ReadonlySet<string>;
  readonly ofLab: OfLab;
  /** A name like that for a function, which nothing else has. */
  readonly fresh: (name: string) => string;
}

/** A function of a program, as bytes that a linker has to complete. Offsets are from its own first byte. */
export interface FunctionToWrite {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly relocations: readonly RelocationToWrite[];
  readonly lines: readonly LineToWrite[];
}

export interface ProgramToWrite {
  readonly program: Program;
  readonly section: string;
  /** The program itself, then the functions that it calls. */
  readonly functions: readonly FunctionToWrite[];
  readonly slots: number;
  /** The kernel's functions that it calls by name. */
  readonly kfuncs: ReadonlySet<string>;
}

/** Helpers that need structures of the kernel's in a map's value, of which a lab does not say where they are. */
const NEEDS_STRUCTURE = /^bpf_(?:timer|spin)_/;

/** Why a call could not be linked or would mean nothing; undefined for calls of helpers and of the kernel's functions. */
function refuseCall(called: string, ofLab: OfLab): string | undefined {
  if (ofLab.functions.has(called)) return `it calls \`${called}\`, a function of the lab`;
  if (NEEDS_STRUCTURE.test(called))
    return `it calls \`${called}\`, and a lab does not say where a map's value has what this takes`;
  if (called === 'bpf_rdonly_cast')
    return `it calls \`${called}\`, which takes the number of a type of the running kernel`;
  if (helperByName(called) !== undefined || KFUNCS.get(called) !== undefined) return undefined;
  return `it calls \`${called}\`, which no kernel lets programs call`;
}

function refuseAddress(name: string, { data, ofLab }: Names): string | undefined {
  if (data.has(name)) return undefined;
  if (ofLab.functions.has(name)) return `it takes the address of \`${name}\`, a function of the lab`;
  if (ofLab.users.has(name)) return `it takes the address of \`${name}\`, which is memory of a process`;
  return `it refers to \`${name}\`, which is not exported`;
}

const calledBy = (insn: Insn): string | undefined => {
  switch (insn.op.form) {
    case 'call_helper':
      return insn.ref?.name ?? helperById(insn.imm)?.name ?? `helper ${insn.imm}`;
    case 'call_kfunc':
      return insn.ref?.name ?? `kernel function ${insn.imm}`;
    default:
      return undefined;
  }
};

/** Why an instruction cannot be in an object. */
function refuseInsn(insn: Insn, names: Names): string | undefined {
  if (isInternal(insn.op)) return `it has \`${insn.op.name}\`, which is internal to the emulated kernel`;
  const called = calledBy(insn);
  if (called !== undefined) return refuseCall(called, names.ofLab);
  if (insn.ref === undefined)
    return insn.op.form === 'pseudo' && insn.op.name !== 'lddw_func'
      ? 'it names something by a number of the running kernel'
      : undefined;
  return refuseAddress(splitSpacedName(insn.ref.name).bare, names);
}

interface Linked {
  readonly insn: Insn;
  readonly relocation?: Omit<RelocationToWrite, 'offset'>;
  readonly kfunc?: string;
}

/** An instruction with its field as an object has it, and what a linker has to fill in. */
function link(insn: Insn, nameAt: (slot: number) => string, slot: number): Linked {
  const called = calledBy(insn);
  if (called !== undefined) {
    const helper = helperByName(called);
    if (helper !== undefined) return { insn: makeInsn(operation('call'), { imm: helper.id }) };
    const extern = makeInsn(operation('call_local'), { imm: -1 });
    return {
      insn: extern,
      relocation: { type: RELOCATION.call, symbol: called },
      kfunc: called,
    };
  }
  const own = functionSlot(insn, slot);
  if (own !== undefined) {
    const symbol = nameAt(own);
    if (insn.op.form === 'call_local')
      return {
        insn: { ...insn, imm: -1 },
        relocation: { type: RELOCATION.call, symbol },
      };
    const address = makeInsn(operation('lddw'), { dst: insn.dst });
    return { insn: address, relocation: { type: RELOCATION.ld64, symbol } };
  }
  if (insn.ref === undefined) return { insn };
  const { name, addend } = insn.ref;
  return {
    insn: { ...insn, imm: Number(BigInt.asIntN(32, addend)), hi: 0 },
    relocation: { type: RELOCATION.ld64, symbol: splitSpacedName(name).bare },
  };
}

/** Where an instruction is in the lab, with the text of its line. */
function lineOf({ span }: Insn, offset: number): LineToWrite | undefined {
  if (span === undefined) return undefined;
  const { line } = placeOf(span.source, span.start);
  const { text, start } = lineAround(span.source, span.start);
  const column = new TextEncoder().encode(text.slice(0, span.start - start)).length + 1;
  return {
    offset,
    file: span.source.name,
    text: text.replaceAll('\0', ' '),
    line,
    column,
  };
}

/** The code of a program; the reason if it cannot be in an object. */
export function codeOf(
  kernel: Kernel,
  program: Program,
  section: string,
  names: Names,
): ProgramToWrite | string {
  if (!isIdentifier(program.name)) return NOT_AN_IDENTIFIER;
  const placement = kernel.machine.text.placementOf(program.fn)!;
  const { functions, insnAt } = placement.code;
  const called = functions.map(({ label }, i) =>
    i === 0 ? program.name : names.fresh(`${program.name}_${label.replace(/\W/g, '_')}`),
  );
  const nameAt = (slot: number): string => called[functions.findIndex((f) => f.start === slot)]!;
  const kfuncs = new Set<string>();
  const written: FunctionToWrite[] = [];
  for (const [i, fn] of functions.entries()) {
    const insns: Insn[] = [];
    const relocations: RelocationToWrite[] = [];
    const lines: LineToWrite[] = [];
    for (let slot = fn.start; slot < fn.end; ) {
      const insn = insnAt(slot)!;
      const refused = refuseInsn(insn, names);
      if (refused !== undefined) return refused;
      if (functionSlot(insn, slot) === 0) return 'it calls itself, which no kernel allows';
      const offset = (slot - fn.start) * 8;
      const linked = link(insn, nameAt, slot);
      insns.push(linked.insn);
      if (linked.relocation !== undefined) relocations.push({ ...linked.relocation, offset });
      if (linked.kfunc !== undefined) kfuncs.add(linked.kfunc);
      const line = lineOf(insn, offset);
      if (line !== undefined) lines.push(line);
      slot += slotsOf(insn);
    }
    written.push({
      name: called[i]!,
      bytes: encodeProgram(insns),
      relocations,
      lines,
    });
  }
  return {
    program,
    section,
    functions: written,
    slots: functions.at(-1)!.end,
    kfuncs,
  };
}
