import { Command, Option } from 'commander';
import { decodeProgram } from '../isa/decode.js';
import { encodeProgram } from '../isa/encode.js';
import { type AnyInsn, slotsOf } from '../isa/insn.js';
import { MOST_SLOTS } from '../isa/limits.js';
import { type Listing, listProgram, printInsn, type Style } from '../isa/print/listing.js';
import { operation } from '../isa/table.js';
import type { Kernel } from '../kernel/kernel.js';
import { trampolineOf } from '../kernel/names.js';
import { bootScenario } from '../lab/boot.js';
import { orAllMistakes, readLab } from '../lab/mistakes.js';
import { DEFAULT_MAX_INSNS } from '../lab/run.js';
import { isElf } from '../object/elf.js';
import { splitSpacedName } from '../syntax/name-space.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { hexBytes, plural } from '../text/numbers.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { UsageError } from './io.js';
import { disasmObject } from './object.js';
import { guardOption, kernelOption, type MachineOptions, maxErrorsOption, oneRunOption } from './options.js';
import { nameOf, readBytes, refuseC, refuseNoObject, textOf } from './read.js';

interface Options extends Omit<MachineOptions, 'stats' | 'maxInsns'> {
  readonly style: Style;
  readonly alu32?: boolean;
  readonly bytes: boolean;
  readonly input: 'auto' | 'raw' | 'hex';
  readonly source?: boolean;
  readonly trampoline?: string;
  readonly function?: string;
}

/** Hex digits in pairs; blanks, commas and `0x` may come between bytes, never inside one. Throws `InputError`. */
export function parseHex(name: string, text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  let length = 0;
  for (const [word] of text.matchAll(/[^\s,]+/g)) {
    const plain = word.replace(/^0x/i, '');
    const bad = /[^0-9a-f]/i.exec(plain);
    if (bad !== null)
      throw new InputError(
        errorAt('B0508', `${name}: \`${bad[0]}\` is not a hex digit`, { expected: '0 to 9, a to f' }),
      );
    if (plain.length % 2 !== 0) {
      const shown = word.length > 32 ? `${word.slice(0, 32)}…` : word;
      throw new InputError(
        errorAt('B0508', `${name}: an odd number of hex digits (${plain.length}) in \`${shown}\``, {
          expected: 'two digits for each byte',
        }),
      );
    }
    for (let i = 0; i < plain.length; i += 2) bytes[length++] = Number.parseInt(plain.slice(i, i + 2), 16);
  }
  return bytes.slice(0, length);
}

/** Bytecode that is not longer than a program can be. Throws `InputError`. */
export function programOf(name: string, bytes: Uint8Array): Uint8Array {
  const slots = Math.ceil(bytes.length / 8);
  if (slots <= MOST_SLOTS) return bytes;
  throw new InputError(
    errorAt('B0510', `${name} has ${slots} instruction slots`, {
      expected: `at most ${MOST_SLOTS}`,
      notes: ['the kernel answers -E2BIG'],
    }),
  );
}

/** Text of hex digits and what may come between them, with at least one digit. */
function looksLikeHex(bytes: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(bytes);
  return /^[0-9a-fx,\s]*$/i.test(text) && /[0-9a-f]/i.test(text);
}

const WIDE_LOAD = operation('lddw').opcode;

function readProgram(path: string, bytes: Uint8Array, input: Options['input']): AnyInsn[] {
  const isHex = input === 'hex' || (input === 'auto' && looksLikeHex(bytes));
  const program = programOf(
    nameOf(path),
    isHex ? parseHex(nameOf(path), new TextDecoder().decode(bytes)) : bytes,
  );
  const blank = !isHex && input === 'auto' && program.every((b) => b === 32 || (b >= 9 && b <= 13));
  if (program.length === 0 || blank) throw new InputError(errorAt('B0804', `${nameOf(path)} is empty`));
  if (program.length % 8 !== 0) {
    throw new InputError(
      errorAt(
        'B0507',
        `${nameOf(path)} has ${plural(program.length, 'byte')}, which is not a whole number of instructions`,
        {
          expected: 'a multiple of 8',
          help: isHex ? undefined : 'hex text is read with `--input hex`; a lab with its name ending in .bpf',
        },
      ),
    );
  }
  const insns = decodeProgram(program);
  const last = insns.at(-1);
  if (last?.op === undefined && last?.bytes.length === 8 && last.bytes[0] === WIDE_LOAD) {
    throw new InputError(
      errorAt('B0507', `${nameOf(path)} ends in the first half of a 64-bit load`, {
        expected: '16 bytes for it',
      }),
    );
  }
  return insns;
}

/** The instructions of a function of a booted machine, as they were before linking. */
function codeOf(kernel: Kernel, index: number): AnyInsn[] {
  const fn = kernel.machine.text.functions[index]!;
  const out: AnyInsn[] = [];
  for (let slot = fn.start; slot < fn.end; ) {
    const placed = kernel.machine.text.at(slot)!;
    out.push(placed.insn);
    slot += slotsOf(placed.insn);
  }
  return out;
}

function selectCode(kernel: Kernel, options: Options): { name: string; insns: AnyInsn[] }[] {
  const { text } = kernel.machine;
  if (options.trampoline !== undefined) {
    const image = kernel.trampolines.get(options.trampoline);
    if (image !== undefined)
      return [{ name: trampolineOf(options.trampoline), insns: codeOf(kernel, image) }];
    const names = [...kernel.trampolines.keys()];
    throw new InputError(
      errorAt('B0602', `there is no trampoline on \`${options.trampoline}\``, {
        help:
          didYouMean(options.trampoline, names) ??
          (names.length === 0
            ? 'no program is attached to a function'
            : `there are ones on ${names.join(', ')}`),
      }),
    );
  }
  const wanted = options.function;
  if (wanted !== undefined) {
    const fn = kernel.functionNamed(wanted);
    if (fn !== undefined) return [{ name: fn.name, insns: codeOf(kernel, fn.index) }];
    const names = text.functions.map((f) => f.name);
    throw new InputError(
      errorAt('B0601', `there is no function \`${wanted}\``, { help: didYouMean(wanted, names) }),
    );
  }
  return text.functions
    .filter((f) => f.kind === 'program')
    .map((f) => ({ name: splitSpacedName(f.name).bare, insns: codeOf(kernel, f.index) }));
}

function asJson(name: string | undefined, insns: readonly AnyInsn[], listing: Listing): object {
  let slot = 0;
  const list = insns.map((insn) => {
    const at = slot;
    slot += slotsOf(insn);
    const bytes = hexBytes(encodeProgram([insn]), '');
    return { slot: at, bytes, disasm: printInsn(insn, listing), operation: insn.op?.name };
  });
  return { name, insns: list };
}

export function disasmCommand(cx: CliContext): Command {
  return new Command('disasm')
    .argument('<file>', 'an object file, raw bytes, hex, or a lab (*.bpf); - for standard input')
    .addOption(
      new Option('-s, --style <name>', 'spelling').choices(['llvm', 'kernel', 'mnemonic']).default('llvm'),
    )
    .option('--alu32', 'print 32-bit loads and stores with w registers (default, except for objects)')
    .option('--no-alu32', 'print them with r registers, as llvm-objdump does by default')
    .option('--no-bytes', 'leave out the column of bytes')
    .addOption(
      new Option('-i, --input <kind>', 'what the file holds').choices(['auto', 'raw', 'hex']).default('auto'),
    )
    .option('-S, --source', 'show the lines of C between the instructions of an object')
    .option('--trampoline <function>', 'the trampoline that a lab puts on this function')
    .addOption(
      new Option('--function <name>', 'a function of the emulated kernel, a guard or a program').conflicts(
        'trampoline',
      ),
    )
    .addOption(guardOption())
    .addOption(kernelOption())
    .addOption(maxErrorsOption())
    .action((path: string, options: Options) => {
      const bytes = readBytes(path, cx.stdin);
      const { style, bytes: withBytes, source, trampoline } = options;
      if (options.input === 'auto' && isElf(bytes)) {
        disasmObject(cx, path, bytes, {
          listing: { style, alu32: options.alu32 === true, bytes: withBytes },
          source: source === true,
          function: options.function,
          trampoline,
        });
        return;
      }
      if (options.input === 'auto') {
        refuseC(path, 'disasm');
        refuseNoObject(path, bytes);
      }
      if (source === true)
        throw new UsageError(
          errorAt('B0803', '`--source` shows the C of an object, and this is none', {
            help: 'leave it out: what is listed of a lab is its own text',
          }),
        );
      const isLab =
        path.endsWith('.bpf') || options.trampoline !== undefined || options.function !== undefined;
      const listing: Listing = { style, alu32: options.alu32 !== false, bytes: withBytes };
      let parts: { name: string | undefined; insns: AnyInsn[] }[];
      if (isLab) {
        const env = environmentOf(cx);
        const run = oneRunOption(cx, { ...options, stats: true, maxInsns: DEFAULT_MAX_INSNS });
        const lab = readLab(textOf(path, bytes), env, { ...run, maxErrors: cx.maxErrors });
        const scenario = lab.declarations.find((d) => d.kind === 'scenario');
        const booted = orAllMistakes(lab, env, run, () => bootScenario(lab, scenario, env, run));
        parts = selectCode(booted.kernel, options);
      } else parts = [{ name: undefined, insns: readProgram(path, bytes, options.input) }];
      if (cx.json) {
        cx.document({ programs: parts.map((p) => asJson(p.name, p.insns, listing)) });
        return;
      }
      parts.forEach((p, i) => {
        if (p.name !== undefined) cx.out(`${i > 0 ? '\n' : ''}${p.name}:`);
        cx.out(listProgram(p.insns, listing).join('\n'));
      });
    });
}
