import { LINK, RUN_CTX } from '../layout.js';
import { progName } from '../names.js';
import type { ProbeHalf } from './kinds.js';
import { add, address, type CodeLine, call, copy, exit, inFrame, load, R10, store } from './lines.js';
import { fillRegs, linkOf, type ProbedProgram, type PtRegs } from './probe.js';

/** What runs a program on a function of user space (bpf_prog_run_array_uprobe, include/linux/bpf.h); its registers are at `regs`. */
function inUserSpace(probe: ProbedProgram, regs: number): CodeLine[] {
  const { name, sleepable } = probe;
  const runCtx = regs - RUN_CTX.size;
  return [
    call('rcu_read_lock_trace'),
    call('migrate_disable'),
    linkOf(probe),
    load(1, { base: 1, offset: LINK.fields.cookie.offset }),
    store(inFrame(runCtx + RUN_CTX.fields.bpf_cookie.offset), 1),
    copy(1, R10),
    add(1, runCtx),
    call('bpf_set_run_ctx'),
    store(inFrame(runCtx + RUN_CTX.fields.saved_run_ctx.offset), 0),
    ...(sleepable ? [] : [call('rcu_read_lock')]),
    address(1, progName(name)),
    copy(2, R10),
    add(2, regs),
    call('bpf_prog_run'),
    ...(sleepable ? [] : [call('rcu_read_unlock')]),
    load(1, inFrame(runCtx + RUN_CTX.fields.saved_run_ctx.offset)),
    call('bpf_set_run_ctx'),
    call('migrate_enable'),
    call('rcu_read_unlock_trace'),
  ];
}

/**
 * What runs the uprobes of a function at one of its ends: r1 is where its arguments are, r2 what it returned. Registers are there only
 * while they run, as the kernel has those of user space only while it is entered.
 */
export function uprobeLines(
  fn: string,
  nargs: number,
  probes: readonly ProbedProgram[],
  half: ProbeHalf,
  ptRegs: PtRegs,
): readonly CodeLine[] {
  const regs = -ptRegs.size;
  const isReturn = half === 'return';
  return [
    copy(6, 1),
    ...(isReturn ? [copy(7, 2)] : []),
    ...fillRegs(fn, { base: 6, offset: 0 }, nargs, { regs, ptRegs }),
    ...(isReturn ? [store(inFrame(regs + ptRegs.result), 7)] : []),
    ...probes.filter((p) => p.runsAt[half]).flatMap((p) => inUserSpace(p, regs)),
    exit,
  ];
}
