import { RUN_CTX } from './layout.js';
import { linkName, originalName, progName } from './names.js';

/** A program as the code that calls it names it; its structures are named by `names.ts`. */
export interface LinkedProgram {
  readonly name: string;
  readonly cookie: bigint;
}

/** Programs on a function, in the order they run. */
export interface TrampolineLinks {
  readonly fentry: readonly LinkedProgram[];
  readonly fexit: readonly LinkedProgram[];
}

const at = (offset: number): string => (offset < 0 ? `(r10 - ${-offset})` : `(r10 + ${offset})`);

/**
 * The image of a trampoline as assembly, following arch_prepare_bpf_trampoline (kernel-facts section 4.2). Its frame,
 * from r10 down:
 *
 *      -8                    return value of the traced function: ctx[nargs]
 *      -8*(nargs+1) …        argument registers: ctx[0] … ctx[nargs-1]
 *      ctx - 8               number of arguments: ctx[-1]
 *      ctx - 16              address of the traced function: ctx[-2]
 *      ctx - 32              bpf_tramp_run_ctx
 */
export function trampolineText(fn: string, nargs: number, links: TrampolineLinks): string {
  const ctx = -8 * (nargs + 1);
  const runCtx = ctx - 16 - RUN_CTX.size;
  const cookie = runCtx + RUN_CTX.fields.bpf_cookie.offset;
  const lines: string[] = [];
  const emit = (...text: readonly string[]): void => {
    lines.push(...text.map((t) => `    ${t}`));
  };
  const invoke = (program: LinkedProgram): void => {
    emit(
      `r1 = ${program.cookie} ll`,
      `*(u64 *)${at(cookie)} = r1`,
      `r1 = ${progName(program.name)} ll`,
      'r2 = r10',
      `r2 += ${runCtx}`,
      'call __bpf_prog_enter_recur',
      'r6 = r0',
      'if r0 == 0 goto 1f',
      'r1 = r10',
      `r1 += ${ctx}`,
      `call ${program.name}`,
    );
    lines.push('1:');
    emit(
      `r1 = ${progName(program.name)} ll`,
      'r2 = r6',
      'r3 = r10',
      `r3 += ${runCtx}`,
      'call __bpf_prog_exit_recur',
    );
  };
  for (let i = 0; i < nargs; i += 1) emit(`*(u64 *)${at(ctx + 8 * i)} = r${i + 1}`);
  emit(`*(u64 *)${at(ctx - 8)} = ${nargs}`, `r1 = ${fn} ll`, `*(u64 *)${at(ctx - 16)} = r1`);
  for (const program of links.fentry) invoke(program);
  for (let i = 0; i < nargs; i += 1) emit(`r${i + 1} = *(u64 *)${at(ctx + 8 * i)}`);
  emit(`call ${originalName(fn)}`);
  if (links.fexit.length > 0) {
    emit(`*(u64 *)${at(-8)} = r0`);
    for (const program of links.fexit) invoke(program);
    emit(`r0 = *(u64 *)${at(-8)}`);
  }
  emit('exit');
  return `${lines.join('\n')}\n`;
}

/**
 * The code behind `call trace_NAME`: arguments go into an array on the stack, then each raw tracepoint program runs in
 * order of attachment (include/trace/bpf_probe.h).
 */
export function tracepointText(nargs: number, programs: readonly LinkedProgram[]): string {
  const lines: string[] = [];
  if (programs.length > 0) {
    for (let i = 0; i < nargs; i += 1) lines.push(`*(u64 *)${at(-8 * nargs + 8 * i)} = r${i + 1}`);
    lines.push('call preempt_disable_notrace');
    for (const program of programs) {
      lines.push(
        `r1 = ${linkName(program.name)} ll`,
        'r2 = r10',
        `r2 += ${-8 * nargs}`,
        'call __bpf_trace_run',
      );
    }
    lines.push('call preempt_enable_notrace');
  }
  lines.push('r0 = 0', 'exit');
  return `${lines.map((l) => `    ${l}`).join('\n')}\n`;
}
