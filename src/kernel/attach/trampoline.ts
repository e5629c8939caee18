import { symbolText } from '../../isa/print/symbol.js';
import { RUN_CTX } from '../layout.js';
import { imageName, originalName, progName } from '../names.js';

/** A program as the code that calls it names it; its structures are named by `names.ts`. */
export interface LinkedProgram {
  readonly name: string;
  /** The symbol of its code. */
  readonly code: string;
  readonly cookie: bigint;
  readonly guarded: boolean;
  readonly sleepable: boolean;
}

/** Programs on a function, in the order they run. A session is in both `fentry` and `fexit`. */
export interface TrampolineLinks {
  readonly fentry: readonly LinkedProgram[];
  readonly fmodRet: readonly LinkedProgram[];
  readonly fexit: readonly LinkedProgram[];
  readonly sessions: ReadonlySet<string>;
}

/** The bit of the word before the arguments that marks the return half of a session: see the frame below. */
export const FUNC_META_IS_RETURN_SHIFT = 63;

/** Arguments passed in r1 to r5; the others lie in memory, where r11 points when the function is entered. */
export const REGISTER_ARGUMENTS = 5;

/** A label: a program cannot have its name, since no declared one contains a `$`. */
const FEXIT = 'fexit$';
/** After the call of the function itself: what becomes a jump to the epilogue when the image is retired. */
const RETIRE_POINT = 'goto +0';
/** Slots of the epilogue, from __bpf_tramp_exit to the image's end: a wide load, a call, a load, exit. */
export const RETIRED_SLOTS = 5;

export const at = (offset: number, base = 'r10'): string =>
  offset < 0 ? `(${base} - ${-offset})` : `(${base} + ${offset})`;

/** Which pair of functions is called round a program (kernel/bpf/trampoline.c, bpf_trampoline_enter and _exit). */
function wrappers(program: LinkedProgram): { enter: string; exit: string } {
  const suffix = `${program.sleepable ? '_sleepable' : ''}${program.guarded ? '_recur' : ''}`;
  return { enter: `__bpf_prog_enter${suffix}`, exit: `__bpf_prog_exit${suffix}` };
}

/** Offsets from r10 of what an image keeps in its frame. */
interface FrameLayout {
  readonly ctx: number;
  readonly meta: number;
  readonly ip: number;
  readonly runCtx: number;
}

/** Writes one image; `emit` and `label` keep the order of the lines. */
class ImageWriter {
  readonly lines: string[] = [];
  readonly frame: FrameLayout;
  readonly nargs: number;
  readonly sessions: readonly string[];
  #labels = 0;

  constructor(nargs: number, sessions: readonly string[]) {
    const ctx = -8 * (nargs + 1);
    const ip = ctx - 16;
    this.nargs = nargs;
    this.sessions = sessions;
    this.frame = { ctx, meta: ctx - 8, ip, runCtx: ip - 8 * sessions.length - RUN_CTX.size };
  }

  emit(...text: readonly string[]): void {
    this.lines.push(...text.map((t) => `    ${t}`));
  }

  label(name: string): void {
    this.lines.push(`${name}:`);
  }

  fresh(): string {
    this.#labels += 1;
    return `skip$${this.#labels}`;
  }

  /** The word before the arguments, as the next program is to see it. */
  describe(program: LinkedProgram, half: 'entry' | 'return'): void {
    const session = this.sessions.indexOf(program.name);
    let meta = BigInt(this.nargs);
    // The cookie lies that many words below the arguments.
    if (session >= 0) meta |= BigInt(session + 3) << 8n;
    if (session >= 0 && half === 'return') meta |= 1n << BigInt(FUNC_META_IS_RETURN_SHIFT);
    this.emit(`r1 = ${meta} ll`, `*(u64 *)${at(this.frame.meta)} = r1`);
  }

  /** Enter, the program unless it is refused, exit. `keep` stores what it returns as the function's value. */
  invoke(program: LinkedProgram, keep: boolean): void {
    const { runCtx, ctx } = this.frame;
    const { enter, exit } = wrappers(program);
    const skip = this.fresh();
    this.emit(
      `r1 = ${program.cookie} ll`,
      `*(u64 *)${at(runCtx + RUN_CTX.fields.bpf_cookie.offset)} = r1`,
      `r1 = ${symbolText(progName(program.name))} ll`,
      'r2 = r10',
      `r2 += ${runCtx}`,
      `call ${enter}`,
      'r6 = r0',
      `if r0 == 0 goto ${skip}`,
      'r1 = r10',
      `r1 += ${ctx}`,
      `call ${symbolText(program.code)}`,
    );
    if (keep) this.emit(`*(u64 *)${at(-8)} = r0`);
    this.label(skip);
    this.emit(
      `r1 = ${symbolText(progName(program.name))} ll`,
      'r2 = r6',
      'r3 = r10',
      `r3 += ${runCtx}`,
      `call ${exit}`,
    );
  }

  saveArguments(): void {
    this.emit(...saveArguments(this.nargs, this.frame.ctx));
  }

  loadArguments(): void {
    this.emit(...loadArguments(this.nargs, this.frame.ctx));
  }
}

/** Puts a function's arguments into an array at `to`, counted from r10. */
export function saveArguments(nargs: number, to: number): string[] {
  return Array.from({ length: nargs }, (_, i) =>
    i < REGISTER_ARGUMENTS
      ? [`*(u64 *)${at(to + 8 * i)} = r${i + 1}`]
      : [`r0 = *(u64 *)${at(8 * (i - REGISTER_ARGUMENTS), 'r11')}`, `*(u64 *)${at(to + 8 * i)} = r0`],
  ).flat();
}

/** The reverse: the array becomes the arguments of the next call. */
export function loadArguments(nargs: number, from: number): string[] {
  const lines = Array.from(
    { length: Math.min(nargs, REGISTER_ARGUMENTS) },
    (_, i) => `r${i + 1} = *(u64 *)${at(from + 8 * i)}`,
  );
  if (nargs > REGISTER_ARGUMENTS) lines.push('r11 = r10', `r11 += ${from + 8 * REGISTER_ARGUMENTS}`);
  return lines;
}

/**
 * The image of a trampoline as assembly, following arch_prepare_bpf_trampoline (arch/arm64/net/bpf_jit_comp.c). Its frame,
 * from r10 down:
 *
 *      -8                    return value of the traced function: ctx[nargs]
 *      -8*(nargs+1) …        arguments: ctx[0] … ctx[nargs-1]
 *      ctx - 8               ctx[-1]: number of arguments in bits 0-7, place of the session's cookie in words below ctx
 *                            in 8-15, bit 63 return half of a session
 *      ctx - 16              ctx[-2]: address of the traced function
 *      …                     a cookie for each session
 *      …                     bpf_tramp_run_ctx
 *
 * With fexit, fmod_ret or session programs the image calls the function itself and keeps its value; without, it would
 * return into it. Here it calls it either way.
 */
export function trampolineText(fn: string, nargs: number, links: TrampolineLinks): string {
  const image = new ImageWriter(nargs, [...links.sessions]);
  const { frame } = image;
  const keepsValue = links.fexit.length > 0 || links.fmodRet.length > 0;
  image.saveArguments();
  image.emit(`r1 = ${fn} ll`, `*(u64 *)${at(frame.ip)} = r1`);
  if (keepsValue) image.emit(`r1 = ${imageName(fn)} ll`, 'call __bpf_tramp_enter');
  for (const program of links.fentry) {
    image.describe(program, 'entry');
    image.invoke(program, false);
  }
  for (const program of links.fmodRet) {
    image.describe(program, 'entry');
    image.invoke(program, true);
    image.emit(`r1 = *(u64 *)${at(-8)}`, `if r1 != 0 goto ${FEXIT}`);
  }
  image.loadArguments();
  image.emit(`call ${originalName(fn)}`);
  if (keepsValue) {
    image.emit(`*(u64 *)${at(-8)} = r0`, RETIRE_POINT);
    image.label(FEXIT);
    for (const program of links.fexit) {
      image.describe(program, 'return');
      image.invoke(program, false);
    }
    image.emit(`r1 = ${imageName(fn)} ll`, 'call __bpf_tramp_exit', `r0 = *(u64 *)${at(-8)}`);
  }
  image.emit('exit');
  return `${image.lines.join('\n')}\n`;
}
