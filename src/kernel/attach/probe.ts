import { symbolText } from '../../isa/print/symbol.js';
import { LINK, RUN_CTX } from '../layout.js';
import type { Arch } from '../model.js';
import { eventName, linkName, progName } from '../names.js';
import type { ProbeLayer } from './kinds.js';
import { at, loadArguments, saveArguments } from './trampoline.js';

/** A program as the code of a probe names it. */
export interface ProbedProgram {
  readonly name: string;
  /** Which of its links. */
  readonly link: number;
  /** When it runs: as the function is entered, or when it has returned. */
  readonly half: 'entry' | 'return';
  /** Through the kprobe layer, from ftrace (`kprobe.multi`), or by a breakpoint in user space. */
  readonly layer: ProbeLayer;
  readonly sleepable: boolean;
}

/** Where registers lie in struct pt_regs: byte offsets of the arguments, of the result and of the instruction pointer. */
export interface PtRegs {
  readonly size: number;
  readonly args: readonly number[];
  readonly result: number;
  readonly ip: number;
}

export const PT_REGS: Readonly<Record<Arch, PtRegs>> = {
  // struct user_pt_regs: regs[31], sp, pc, pstate (arch/arm64/include/uapi/asm/ptrace.h)
  arm64: { size: 272, args: [0, 8, 16, 24, 32, 40, 48, 56], result: 0, ip: 256 },
  // r15 … r9 r8 ax cx dx si di orig_ax ip cs flags sp ss (arch/x86/include/asm/ptrace.h)
  amd64: { size: 168, args: [112, 104, 96, 88, 72, 64], result: 80, ip: 128 },
};

/**
 * The code that runs probes round what `next` names: registers as struct pt_regs on the stack, the entry halves, the
 * call, the return halves. Kprobes share one entry into the kprobe layer, which is busy if it is inside one already.
 */
export function probeText(
  fn: string,
  nargs: number,
  probes: readonly ProbedProgram[],
  next: string,
  ptRegs: PtRegs,
): string {
  const lines: string[] = [];
  const args = -8 * nargs;
  const regs = args - ptRegs.size;
  const runCtx = regs - RUN_CTX.size;
  const emit = (...text: readonly string[]): void => {
    lines.push(...text);
  };
  /** What runs a program on a function of user space (bpf_prog_run_array_uprobe, include/linux/bpf.h). */
  const callInUserSpace = ({ name, link, sleepable }: ProbedProgram): void => {
    const context = ['r1 = r10', `r1 += ${runCtx}`, 'call bpf_set_run_ctx'];
    emit(
      'call rcu_read_lock_trace',
      'call migrate_disable',
      `r1 = ${symbolText(linkName(name, link))} ll`,
      `r1 = *(u64 *)${at(LINK.fields.cookie.offset, 'r1')}`,
      `*(u64 *)${at(runCtx + RUN_CTX.fields.bpf_cookie.offset)} = r1`,
      ...context,
      `*(u64 *)${at(runCtx + RUN_CTX.fields.saved_run_ctx.offset)} = r0`,
      ...(sleepable ? [] : ['call rcu_read_lock']),
      `r1 = ${symbolText(progName(name))} ll`,
      'r2 = r10',
      `r2 += ${regs}`,
      'call bpf_prog_run',
      ...(sleepable ? [] : ['call rcu_read_unlock']),
      `r1 = *(u64 *)${at(runCtx + RUN_CTX.fields.saved_run_ctx.offset)}`,
      'call bpf_set_run_ctx',
      'call migrate_enable',
      'call rcu_read_unlock_trace',
    );
  };
  const call = (program: ProbedProgram): void => {
    if (program.layer === 'uprobe') {
      callInUserSpace(program);
      return;
    }
    const [first, runner] =
      program.layer === 'fprobe'
        ? [linkName(program.name, program.link), 'kprobe_multi_link_prog_run']
        : [eventName(program.name, program.link), 'trace_call_bpf'];
    emit(`r1 = ${symbolText(first)} ll`, 'r2 = r10', `r2 += ${regs}`, `call ${runner}`);
  };
  const run = (half: ProbedProgram['half']): void => {
    const here = probes.filter((p) => p.half === half);
    for (const p of here) if (p.layer !== 'kprobe') call(p);
    const kprobes = here.filter((p) => p.layer === 'kprobe');
    if (kprobes.length === 0) return;
    emit(
      `r1 = ${symbolText(linkName(kprobes[0]!.name, kprobes[0]!.link))} ll`,
      'call kprobe_begin',
      `if r0 == 0 goto busy$${half}`,
    );
    kprobes.forEach(call);
    emit('call kprobe_end', `goto done$${half}`, `busy$${half}:`);
    for (const p of kprobes)
      emit(`r1 = ${symbolText(linkName(p.name, p.link))} ll`, 'call kprobes_inc_nmissed_count');
    emit(`done$${half}:`, 'call preempt_enable_notrace');
  };
  emit(...saveArguments(nargs, args));
  for (let i = 0; i < Math.min(nargs, ptRegs.args.length); i += 1) {
    emit(`r1 = *(u64 *)${at(args + 8 * i)}`, `*(u64 *)${at(regs + ptRegs.args[i]!)} = r1`);
  }
  emit(`r1 = ${fn} ll`, `*(u64 *)${at(regs + ptRegs.ip)} = r1`);
  run('entry');
  emit(...loadArguments(nargs, args), `call ${next}`, 'r6 = r0');
  if (probes.some((p) => p.half === 'return')) {
    emit(`*(u64 *)${at(regs + ptRegs.result)} = r6`);
    run('return');
  }
  emit('r0 = r6', 'exit');
  return `${lines.map((l) => (l.endsWith(':') ? l : `    ${l}`)).join('\n')}\n`;
}
