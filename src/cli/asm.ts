import { Command, Option } from 'commander';
import { type Assembled, assemble } from '../isa/assemble.js';
import { encodeProgram } from '../isa/encode.js';
import { type AnyInsn, slotsOf } from '../isa/insn.js';
import { listProgram } from '../isa/print/listing.js';
import { withRewrites } from '../isa/rewrite.js';
import { SHORTEST } from '../syntax/instead.js';
import { DECLARATION_WORDS } from '../syntax/keywords.generated.js';
import { type Dialect, parseAssembly } from '../syntax/parse-program.js';
import { errorAt, InputError, noteAt, throwIfErrors } from '../text/diagnostic.js';
import { hexByte, hexBytes } from '../text/numbers.js';
import { type Source, type Span, span } from '../text/source.js';
import type { CliContext } from './context.js';
import { maxErrorsOption } from './options.js';
import { readText, refuseC } from './read.js';

type Format = 'hex' | 'raw' | 'listing' | 'c';

interface Options {
  readonly dialect: Dialect;
  readonly format: Format;
  readonly strictLlvm?: boolean;
  readonly maxErrors: number;
}

/** The first line of a block that labs are made of. */
const BLOCK = new RegExp(`^[ \\t]*(?:${DECLARATION_WORDS.join('|')})\\b[^={\\n]*\\{[ \\t]*(?://.*)?$`, 'm');

/** Throws `InputError` for a text that is a lab: of its lines nothing need be said one by one. */
function refuseLab(source: Source): void {
  const found = BLOCK.exec(source.text);
  if (found === null) return;
  const start = found.index + found[0].search(/\S/);
  throw new InputError(
    errorAt('B0401', `${source.name} is a lab, not a plain program`, {
      span: span(source, start, found.index + found[0].length),
      expected: 'instructions, labels and directives',
      help: '`tinybpf check` reads labs, and `tinybpf run` runs them',
    }),
  );
}

/** Assembles a plain program; throws `InputError` with all that is wrong with it. */
export function assembleSource(
  source: Source,
  { dialect, strictLlvm = false, maxErrors }: Pick<Options, 'dialect' | 'strictLlvm' | 'maxErrors'>,
): Assembled {
  const parsed = parseAssembly(source, dialect, maxErrors);
  if (parsed.diagnostics.some((d) => d.severity === 'error')) refuseLab(source);
  const assembled = assemble(parsed.value, { strictLlvm, implicitExit: dialect === 'mnemonic', maxErrors });
  const diagnostics = withRewrites([...parsed.diagnostics, ...assembled.diagnostics]);
  throwIfErrors(diagnostics);
  return { ...assembled, diagnostics };
}

function render(assembled: Assembled, format: Exclude<Format, 'raw'>): string {
  const { insns, labels } = assembled;
  switch (format) {
    case 'hex':
      return insns.map((i) => hexBytes(encodeProgram([i]))).join('\n');
    case 'listing': {
      const symbols = new Map([...labels].map(([name, slot]) => [slot, name]));
      return listProgram(insns, { style: 'llvm', alu32: true, bytes: true, symbols }).join('\n');
    }
    case 'c':
      return insns
        .map((i) => `${[...encodeProgram([i])].map((b) => `0x${hexByte(b)}`).join(', ')},`)
        .join('\n');
    default:
      return format satisfies never;
  }
}

/** Instructions as an object file holds them: the addend of an address is in its field. */
function withAddends(insns: readonly AnyInsn[]): AnyInsn[] {
  return insns.map((i) =>
    i.op !== undefined && i.op.form === 'wide' && i.ref !== undefined
      ? { ...i, imm: Number(i.ref.addend) }
      : i,
  );
}

interface Relocation {
  /** Of the instruction, in bytes. */
  readonly at: number;
  readonly name: string;
  readonly addend: number;
  readonly span: Span | undefined;
}

/** Addresses that a linker would fill in. */
function relocations(assembled: Assembled): Relocation[] {
  const out: Relocation[] = [];
  let slot = 0;
  for (const insn of assembled.insns) {
    if (insn.op !== undefined && insn.ref !== undefined)
      out.push({
        at: slot * 8,
        name: insn.ref.name,
        addend: Number(insn.ref.addend),
        span: insn.ref.span,
      });
    slot += slotsOf(insn);
  }
  return out;
}

export function asmCommand(cx: CliContext): Command {
  return new Command('asm')
    .argument('<file>', 'assembly text, or - for standard input')
    .addOption(
      new Option('--dialect <name>', 'how the text is written').choices(['llvm', 'mnemonic']).default('llvm'),
    )
    .addOption(
      new Option('-f, --format <name>', 'what to print')
        .choices(['hex', 'raw', 'listing', 'c'])
        .default('hex'),
    )
    .option('--strict-llvm', 'read numbers with a leading zero as octal, as LLVM does')
    .addOption(maxErrorsOption())
    .action((path: string, options: Options) => {
      refuseC(path, 'asm');
      const source = readText(path, cx.stdin);
      const linkable = assembleSource(source, options);
      if (linkable.insns.length === 0)
        throw new InputError(
          errorAt('B0505', `there is no instruction in ${source.name}`, { help: SHORTEST }),
        );
      const assembled = { ...linkable, insns: withAddends(linkable.insns) };
      cx.report(assembled.diagnostics);
      const pending = relocations(assembled);
      if (cx.json) {
        const bytes = hexBytes(encodeProgram(assembled.insns)).replaceAll(' ', '');
        cx.document({
          bytes,
          labels: Object.fromEntries(assembled.labels),
          relocations: pending.map(({ at, name, addend }) => ({ at, name, addend })),
        });
      } else if (options.format === 'raw') cx.bytes(encodeProgram(assembled.insns));
      else cx.out(render(assembled, options.format));
      cx.report(
        pending.map(({ at, name, addend, span }) =>
          noteAt(
            'B0213',
            `byte 0x${at.toString(16)} needs the address of \`${name}\` (R_BPF_64_64); it is ${addend} here`,
            { span },
          ),
        ),
      );
    });
}
