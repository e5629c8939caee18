import { type AnyInsn, type Insn, makeInsn, slotsOf } from '../isa/insn.js';
import { operation } from '../isa/table.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { checkArea } from '../verify/area.js';
import { frameSize, MAX_FRAME } from '../verify/frame.js';
import { checkStructure } from '../verify/structure.js';
import { splitSubprograms } from '../verify/subprograms.js';
import type { Machine } from './machine.js';
import type { FunctionKind, LinkedInsn } from './text.js';

/** What a name or number in an instruction stands for. */
export type Resolved =
  | { readonly kind: 'function'; readonly index: number }
  | { readonly kind: 'leaf'; readonly index: number }
  | { readonly kind: 'address'; readonly address: bigint };

/** Tells what programs may call and name; each answer may be a diagnostic instead. */
export interface Resolver {
  call(insn: Insn): Resolved | Diagnostic;
  address(insn: Insn): Resolved | Diagnostic;
}

export interface LoadRequest {
  readonly name: string;
  readonly kind: FunctionKind;
  readonly insns: readonly AnyInsn[];
  readonly resolver: Resolver;
  /** The function's index, if it was declared before so that others could call it. */
  readonly index?: number;
  /** Bytes of the area whose address r1 holds, for a guard's function. */
  readonly area?: number;
  /** Names of slots, for the program's own functions. */
  readonly labels?: ReadonlyMap<string, number>;
}

export type Loaded =
  | { readonly ok: true; readonly index: number; readonly slots: number }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

const isDiagnostic = (r: Resolved | Diagnostic): r is Diagnostic => 'code' in r;

function withAddress(insn: Insn, address: bigint): Insn {
  return makeInsn(operation('lddw'), {
    dst: insn.dst,
    imm: Number(BigInt.asIntN(32, address)),
    hi: Number(BigInt.asIntN(32, address >> 32n)),
  });
}

/**
 * Checks a program, cuts it into functions, resolves what it names, and places it in the machine's text. Nothing is
 * placed if anything is wrong.
 */
export function loadProgram(machine: Machine, request: LoadRequest): Loaded {
  const internal = request.kind !== 'program';
  const checked = checkStructure(request.insns, { internal });
  if (!checked.ok) return checked;
  const { parts, diagnostics: crossing } = splitSubprograms(checked.insns);
  const diagnostics: Diagnostic[] = [...crossing];
  const named = new Map([...(request.labels ?? [])].map(([name, slot]) => [slot, name]));
  const indices = new Map<number, number>();
  const declare = (start: number): number => {
    if (start === 0 && request.index !== undefined) return request.index;
    const name = start === 0 ? request.name : `${request.name}.${named.get(start) ?? start}`;
    return machine.text.declare(name, request.kind);
  };
  const frames = parts.map((part) => frameSize(part.insns));
  parts.forEach((part, i) => {
    const { size, deepest } = frames[i]!;
    if (size > MAX_FRAME) {
      const first = part.insns[0]?.span;
      diagnostics.push(
        errorAt('B0506', `${request.name} uses ${-deepest} bytes of stack`, {
          ...(first && { span: first }),
          expected: `at most ${MAX_FRAME}`,
          help: 'keep large data in a map',
        }),
      );
    }
  });
  if (request.area !== undefined) diagnostics.push(...checkArea(parts[0]!.insns, request.area));
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  // The functions are placed one after the other, so a slot of the program keeps its distance to the first.
  const base = machine.text.slots;
  const resolve = (insn: Insn, slot: number): Insn => {
    const { form } = insn.op;
    if (form === 'call_local' && insn.ref === undefined)
      return { ...insn, imm: indices.get(slot + 1 + insn.imm) ?? -1 };
    if (insn.op.name === 'lddw_func' && insn.ref === undefined) {
      return withAddress(insn, machine.text.addressOfSlot(base + slot + 1 + insn.imm));
    }
    const isCall = form === 'call_helper' || form === 'call_local' || form === 'call_kfunc';
    const isAddress = (form === 'wide' && insn.ref !== undefined) || form === 'pseudo';
    if (!isCall && !isAddress) return insn;
    const resolved = isCall ? request.resolver.call(insn) : request.resolver.address(insn);
    if (isDiagnostic(resolved)) {
      diagnostics.push(resolved);
      return insn;
    }
    if (resolved.kind === 'address') return withAddress(insn, resolved.address);
    return makeInsn(operation(resolved.kind === 'function' ? 'call_local' : 'call'), { imm: resolved.index });
  };
  for (const part of parts) indices.set(part.start, declare(part.start));
  const linked = parts.map((part) => {
    let slot = part.start;
    return part.insns.map((insn): LinkedInsn => {
      const at = slot;
      slot += slotsOf(insn);
      return { insn, linked: resolve(insn, at) };
    });
  });
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  parts.forEach((part, i) => {
    machine.text.define(indices.get(part.start)!, linked[i]!, frames[i]!.size);
  });
  return { ok: true, index: indices.get(0)!, slots: machine.text.slots - base };
}
