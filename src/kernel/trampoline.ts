import { RUN_CTX } from './layout.js';

/** A program as the code that calls it names it: `NAME` is its function, `NAME.prog` its structure. */
export interface LinkedProgram {
  readonly name: string;
  readonly cookie: bigint;
}

/** Programs on a function, in the order they run. */
export interface TrampolineLinks {
  readonly fentry: readonly LinkedProgram[];
  readonly fexit: readonly LinkedProgram[];
}

/** The name under which a trampoline calls the traced function itself, behind its patch site. */
export const originalName = (fn: string): string => `${fn}.body`;

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
  const invoke = (program: LinkedProgram, label: string): void => {
    emit(
      `r1 = ${program.cookie} ll`,
      `*(u64 *)${at(cookie)} = r1`,
      `r1 = ${program.name}.prog ll`,
      'r2 = r10',
      `r2 += ${runCtx}`,
      'call __bpf_prog_enter_recur',
      'r6 = r0',
      `if r0 == 0 goto ${label}`,
      'r1 = r10',
      `r1 += ${ctx}`,
      `call ${program.name}`,
    );
    lines.push(`${label}:`);
    emit(
      `r1 = ${program.name}.prog ll`,
      'r2 = r6',
      'r3 = r10',
      `r3 += ${runCtx}`,
      'call __bpf_prog_exit_recur',
    );
  };
  for (let i = 0; i < nargs; i += 1) emit(`*(u64 *)${at(ctx + 8 * i)} = r${i + 1}`);
  emit(`*(u64 *)${at(ctx - 8)} = ${nargs}`, `r1 = ${fn} ll`, `*(u64 *)${at(ctx - 16)} = r1`);
  links.fentry.forEach((program, i) => {
    invoke(program, `skip_fentry_${i}`);
  });
  for (let i = 0; i < nargs; i += 1) emit(`r${i + 1} = *(u64 *)${at(ctx + 8 * i)}`);
  emit(`call ${originalName(fn)}`);
  if (links.fexit.length > 0) {
    emit(`*(u64 *)${at(-8)} = r0`);
    links.fexit.forEach((program, i) => {
      invoke(program, `skip_fexit_${i}`);
    });
    emit(`r0 = *(u64 *)${at(-8)}`);
  }
  emit('exit');
  return `${lines.join('\n')}\n`;
}

/**
 * The code behind `call trace_NAME`: arguments go into an array on the stack, then each raw tracepoint program runs in
 * order of attachment (include/trace/bpf_probe.h). `NAME.link` is the program's struct bpf_raw_tp_link.
 */
export function tracepointText(nargs: number, programs: readonly LinkedProgram[]): string {
  const lines: string[] = [];
  if (programs.length > 0) {
    for (let i = 0; i < nargs; i += 1) lines.push(`*(u64 *)${at(-8 * nargs + 8 * i)} = r${i + 1}`);
    lines.push('call preempt_disable_notrace');
    for (const program of programs) {
      lines.push(`r1 = ${program.name}.link ll`, 'r2 = r10', `r2 += ${-8 * nargs}`, 'call __bpf_trace_run');
    }
    lines.push('call preempt_enable_notrace');
  }
  lines.push('r0 = 0', 'exit');
  return `${lines.map((l) => `    ${l}`).join('\n')}\n`;
}
