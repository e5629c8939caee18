import { RUN_CTX } from '../layout.js';
import { imageName, originalName, progName } from '../names.js';
import {
  add,
  address,
  type CodeLine,
  call,
  copy,
  exit,
  goTo,
  ifZero,
  inFrame,
  label,
  load,
  R10,
  R11,
  store,
  wide,
} from './lines.js';

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
const RETIRE_POINT = goTo();
/** Slots of the epilogue, from __bpf_tramp_exit to the image's end: a wide load, a call, a load, exit. */
export const RETIRED_SLOTS = 5;

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

/** Writes one image, line after line. */
class ImageWriter {
  readonly lines: CodeLine[] = [];
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

  emit(...lines: readonly CodeLine[]): void {
    this.lines.push(...lines);
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
    this.emit(wide(1, meta), store(inFrame(this.frame.meta), 1));
  }

  /** Enter, the program unless it is refused, exit. `keep` stores what it returns as the function's value. */
  invoke(program: LinkedProgram, keep: boolean): void {
    const { runCtx, ctx } = this.frame;
    const wrapper = wrappers(program);
    const skip = this.fresh();
    this.emit(
      wide(1, program.cookie),
      store(inFrame(runCtx + RUN_CTX.fields.bpf_cookie.offset), 1),
      address(1, progName(program.name)),
      copy(2, R10),
      add(2, runCtx),
      call(wrapper.enter),
      copy(6, 0),
      ifZero(0, '==', skip),
      copy(1, R10),
      add(1, ctx),
      call(program.code),
    );
    if (keep) this.emit(store(inFrame(-8), 0));
    this.emit(
      label(skip),
      address(1, progName(program.name)),
      copy(2, 6),
      copy(3, R10),
      add(3, runCtx),
      call(wrapper.exit),
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
export function saveArguments(nargs: number, to: number): CodeLine[] {
  return Array.from({ length: nargs }, (_, i) => {
    const place = inFrame(to + 8 * i);
    if (i < REGISTER_ARGUMENTS) return [store(place, i + 1)];
    return [load(0, { base: R11, offset: 8 * (i - REGISTER_ARGUMENTS) }), store(place, 0)];
  }).flat();
}

/** The reverse: the array becomes the arguments of the next call. */
export function loadArguments(nargs: number, from: number): CodeLine[] {
  const lines = Array.from({ length: Math.min(nargs, REGISTER_ARGUMENTS) }, (_, i) =>
    load(i + 1, inFrame(from + 8 * i)),
  );
  if (nargs > REGISTER_ARGUMENTS) lines.push(copy(R11, R10), add(R11, from + 8 * REGISTER_ARGUMENTS));
  return lines;
}

/**
 * The image of a trampoline, following arch_prepare_bpf_trampoline (arch/arm64/net/bpf_jit_comp.c). Its frame,
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
export function trampolineLines(fn: string, nargs: number, links: TrampolineLinks): readonly CodeLine[] {
  const image = new ImageWriter(nargs, [...links.sessions]);
  const { frame } = image;
  const keepsValue = links.fexit.length > 0 || links.fmodRet.length > 0;
  image.saveArguments();
  image.emit(address(1, fn), store(inFrame(frame.ip), 1));
  if (keepsValue) image.emit(address(1, imageName(fn)), call('__bpf_tramp_enter'));
  for (const program of links.fentry) {
    image.describe(program, 'entry');
    image.invoke(program, false);
  }
  for (const program of links.fmodRet) {
    image.describe(program, 'entry');
    image.invoke(program, true);
    image.emit(load(1, inFrame(-8)), ifZero(1, '!=', FEXIT));
  }
  image.loadArguments();
  image.emit(call(originalName(fn)));
  if (keepsValue) {
    image.emit(store(inFrame(-8), 0), RETIRE_POINT, label(FEXIT));
    for (const program of links.fexit) {
      image.describe(program, 'return');
      image.invoke(program, false);
    }
    image.emit(address(1, imageName(fn)), call('__bpf_tramp_exit'), load(0, inFrame(-8)));
  }
  image.emit(exit);
  return image.lines;
}
