import { END } from '../isa/placeholder.js';
import { printInsn } from '../isa/print/listing.js';
import type { Placement } from '../machine/text.js';
import { WriteTracker } from '../machine/write-tracker.js';
import { type Details, type Diagnostic, warningAt } from '../text/diagnostic.js';
import type { Findings } from '../text/findings.js';
import type { Role, Unit } from '../verify/unit.js';
import { findUnwritten, type UnwrittenRead, type UnwrittenReads } from '../verify/written.js';
import { replaces } from './attach/kinds.js';
import type { Kernel, Program } from './kernel.js';
import { unitOf } from './unit.js';

const registersOf = (set: number): string[] =>
  Array.from({ length: 10 }, (_, n) => n).flatMap((n) => ((set & (1 << n)) === 0 ? [] : [`r${n}`]));

const listed = (names: readonly string[]): string =>
  names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** What there is to say of a read of what nothing has written. */
function describeRead({ insn, registers, stack }: UnwrittenRead, isProgram: boolean): Diagnostic[] {
  const text = printInsn(insn, { style: 'llvm', alu32: true, bytes: false });
  const where: Details = insn.span === undefined ? {} : { span: insn.span };
  const found: Diagnostic[] = [];
  if (registers !== 0) {
    const names = registersOf(registers);
    const isLost = (registers & 0x3e) !== 0;
    const isExit = insn.op.form === 'exit';
    const what = isExit ? '`exit` returns r0' : `\`${text}\` reads ${listed(names)}`;
    const upper = names.map((n) => n.toUpperCase());
    found.push(
      warningAt('B0511', `${what}, which nothing has written`, {
        ...where,
        help: isExit
          ? 'give a result: `r0 = 0`'
          : isLost
            ? 'a call leaves nothing in r1 to r5: keep what is needed after it in r6 to r9'
            : 'write it on every path that leads here',
        notes: isProgram ? upper.map((n) => `Linux does not load the program: ${n} !read_ok`) : [],
      }),
    );
  }
  if (stack !== undefined) {
    const { offset, size, first } = stack;
    const at = `r10 - ${-offset}`;
    found.push(
      warningAt('B0512', `\`${text}\` reads ${size} bytes of the stack at ${at} that nothing has written`, {
        ...where,
        help: 'write it on every path that leads here; here it is zero, in a kernel whatever was there before',
        notes: isProgram
          ? [
              `Linux before 6.3, and later for a loader without CAP_PERFMON: invalid read from stack off ${offset}+${first} size ${size}`,
            ]
          : [],
      }),
    );
  }
  return found;
}

/** What was found in code, which does not depend on the machine it was placed in. */
const known = new WeakMap<object, { readonly reads: UnwrittenReads; readonly kind: string }>();

function readsOf(placement: Placement, unit: Unit, kind: string): UnwrittenReads {
  const before = known.get(placement.code);
  if (before?.kind === kind) return before.reads;
  const reads = findUnwritten(unit);
  known.set(placement.code, { reads, kind });
  return reads;
}

/** Looks at programs, and the functions that a lab declares, unless they are faulty, for reads of what was never written. */
export function findUnwrittenReads(
  kernel: Kernel,
  functions: readonly number[],
  faulty: ReadonlySet<number>,
  findings: Findings,
  programs: Iterable<Program> = kernel.programs.values(),
): void {
  const { text } = kernel.machine;
  const look = (fn: number, role: Role, isProgram: boolean): void => {
    const placement = text.placementOf(fn);
    if (placement === undefined || faulty.has(fn)) return;
    const args = kernel.parameters.get(fn) ?? 0;
    const unit = unitOf(kernel, placement, { role, args });
    const { certain, isDoubtful } = readsOf(placement, unit, `${role} ${args}`);
    // What stands in for an instruction that could not be made was written by nobody; what is wrong has been said.
    for (const read of certain) if (read.insn !== END) findings.addAll(describeRead(read, isProgram));
    if (isDoubtful) kernel.doubtful.push({ unit, placement, isProgram });
  };
  // What takes the place of a function of a program has what that is called with.
  const isCalled = ({ attach }: Program): boolean => replaces(attach.kind) && !kernel.programs.has(attach.on);
  for (const program of programs) look(program.fn, isCalled(program) ? 'callback' : 'program', true);
  for (const fn of functions) look(fn, 'function', false);
}

/** Has a run track the programs of which nothing else can tell; what it finds is among the warnings. */
export function trackUnwrittenReads(kernel: Kernel): void {
  const { machine, doubtful, warnings } = kernel;
  if (doubtful.length === 0) return;
  const tracked = doubtful.map(({ unit, placement, isProgram }) => ({
    unit,
    start: placement.start,
    isProgram,
  }));
  machine.tracker = new WriteTracker(machine.memory, tracked, (unit, read) => {
    const { isProgram } = tracked.find((w) => w === unit)!;
    for (const d of describeRead(read, isProgram))
      if (!warnings.some((w) => w.code === d.code && w.span !== undefined && w.span === d.span))
        warnings.push(d);
  });
  machine.text.track(machine.tracker.slots);
}
