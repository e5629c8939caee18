import { endsFlow, functionSlot, targetSlot } from '../isa/flow.js';
import { type Field, FORMS } from '../isa/forms.js';
import { type AnyInsn, type Insn, slotsOf } from '../isa/insn.js';
import { isInternal } from '../isa/operation.js';
import { END, withPlaceholders } from '../isa/placeholder.js';
import { printInsn } from '../isa/print/listing.js';
import { COPY_FRAME_POINTER, REGISTERS, SHORTEST } from '../syntax/instead.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import type { Findings } from '../text/findings.js';
import { hexBytes } from '../text/numbers.js';
import { formatRange } from '../text/range.js';
import type { Span } from '../text/source.js';

export interface StructureRules {
  /** Guards, trampolines and kernel functions may use the internal instructions. */
  readonly internal: boolean;
}

const at = (span: Span | undefined): { span: Span } | undefined =>
  span === undefined ? undefined : { span };

function unknown(insn: AnyInsn & { op: undefined }, slot: number): Diagnostic {
  const hex = hexBytes(insn.bytes);
  if (insn.bytes.length % 8 !== 0) {
    return errorAt(
      'B0507',
      `the program ends in the middle of instruction ${slot} (${insn.bytes.length} of 8 bytes: ${hex})`,
      {
        ...at(insn.span),
        help: 'an instruction has 8 bytes, a 64-bit load 16',
      },
    );
  }
  const { reserved } = insn;
  if (reserved !== undefined) {
    return errorAt(
      'B0502',
      `instruction ${slot}: ${reserved.op.name} has ${reserved.field} = ${reserved.value}, which must be 0`,
      {
        ...at(insn.span),
        notes: [`the bytes are ${hex}`],
      },
    );
  }
  if (insn.bytes[0] === 0x18) {
    return errorAt('B0507', `instruction ${slot}: a 64-bit load without its second half (${hex})`, {
      ...at(insn.span),
      help: 'a 64-bit load has 16 bytes, of which the last four are the upper half of its number',
    });
  }
  return errorAt('B0501', `instruction ${slot}: unknown instruction ${hex}`, {
    ...at(insn.span),
    help: '`tinybpf list insns` shows the table',
  });
}

function checkOne(
  insn: Insn,
  slot: number,
  starts: ReadonlySet<number>,
  slots: number,
  rules: StructureRules,
): Diagnostic[] {
  const out: Diagnostic[] = [];
  const text = (): string => printInsn(insn, { style: 'llvm', alu32: true, bytes: false });
  if (isInternal(insn.op) && !rules.internal) {
    out.push(
      errorAt('B0210', `instruction ${slot}: \`${text()}\` is internal to the kernel`, {
        ...at(insn.span),
        help: 'use bpf_this_cpu_ptr, or move the code into a guard or kernel function',
      }),
    );
  }
  const info = FORMS[insn.op.form];
  const uses: readonly Field[] = info.uses;
  for (const field of ['dst', 'src'] as const) {
    if (!uses.includes(field)) continue;
    if ((info.writes as readonly unknown[]).includes(field) && insn[field] === 10) {
      out.push(
        errorAt('B0205', `instruction ${slot}: \`${text()}\` writes the frame pointer`, {
          ...at(insn.span),
          help: COPY_FRAME_POINTER,
        }),
      );
    }
    if (insn[field] > 10 && !rules.internal) {
      out.push(
        errorAt('B0111', `instruction ${slot}: \`${text()}\` uses r${insn[field]}`, {
          ...at(insn.span),
          help: REGISTERS,
        }),
      );
    }
  }
  const target = targetSlot(insn, slot);
  if (target !== undefined && !starts.has(target)) {
    const where =
      target < 0 || target >= slots
        ? `out of the program, which has slots ${formatRange(0, slots - 1)}`
        : 'into the second half of a 64-bit load';
    out.push(
      errorAt('B0503', `instruction ${slot}: \`${text()}\` jumps to slot ${target}, ${where}`, {
        ...at(insn.span),
        help: 'slots are counted from the next instruction, two for a 64-bit load; a label needs no counting',
      }),
    );
  }
  const called = functionSlot(insn, slot);
  if (called !== undefined && !starts.has(called)) {
    out.push(
      errorAt(
        'B0503',
        `instruction ${slot}: \`${text()}\` names slot ${called}, where no function can begin`,
        {
          ...at(insn.span),
          help: 'slots are counted from the next instruction, two for a 64-bit load; a name needs no counting',
        },
      ),
    );
  }
  return out;
}

/**
 * The checks that need no analysis of values: every instruction is one of the table with its unused fields zero, jumps
 * and local calls land on instructions, the last instruction does not fall through, r10 is not written. Returns the code
 * with placeholders for the instructions that are refused.
 */
export function checkStructure(
  insns: readonly AnyInsn[],
  rules: StructureRules,
  findings: Findings,
): readonly Insn[] {
  const starts = new Set<number>();
  let slots = 0;
  for (const insn of insns) {
    starts.add(slots);
    slots += slotsOf(insn);
  }
  const refused = new Set<AnyInsn>();
  let slot = 0;
  for (const insn of insns) {
    const wrong = insn.op === undefined ? [unknown(insn, slot)] : checkOne(insn, slot, starts, slots, rules);
    if (wrong.length > 0) refused.add(insn);
    findings.addAll(wrong);
    slot += slotsOf(insn);
  }
  const last = insns.at(-1);
  if (last === undefined) {
    findings.error('B0505', 'the program is empty', { help: SHORTEST });
    return [END];
  }
  if (last.op !== undefined && !endsFlow(last) && !refused.has(last)) {
    findings.error('B0504', 'the program runs off its end', { ...at(last.span), help: 'end it with `exit`' });
    refused.add(last);
  }
  return (refused.size === 0 ? insns : withPlaceholders(insns, refused)) as readonly Insn[];
}
