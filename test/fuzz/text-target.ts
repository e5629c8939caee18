import { readFileSync } from 'node:fs';
import { given, pathOf } from './command/files.js';
import { judgeRun } from './command/judge.js';
import { type CommandRun, runCommand } from './command/run.js';
import { define } from './define.js';
import type { Random } from './random.js';
import { shorterText } from './shrink.js';
import type { Kind, Outcome, Target, Wrong } from './target.js';
import { encode } from './text/words.js';

/** Where a command line names the input, and a file that it may write. */
export const INPUT = '%INPUT%';
export const OUTPUT = '%OUTPUT%';

/** Instructions that an input may run for: what a lab of the project needs, and no more than a second's worth. */
export const BUDGET = 20_000;
export const BUDGETED = ['--max-insns', String(BUDGET)] as const;

/** A text and the command that is given it. */
export interface TextInput {
  readonly text: string;
  readonly args: readonly string[];
}

/** Texts of one kind that commands are given. */
export interface TextKind extends Pick<Kind<TextInput>, 'name' | 'about' | 'inTest' | 'reaches'> {
  /** What the file is called. */
  readonly file: string;
  /** A text and a command line, with `INPUT` and perhaps `OUTPUT`. */
  readonly make: (random: Random) => TextInput;
  /** What else must hold of a good answer. */
  readonly judgeMore?: (input: TextInput, run: CommandRun) => Wrong | undefined | Promise<Wrong | undefined>;
}

/** Text that the command wrote into a file besides; JSON where its first character says so. */
function judgeOutput(): Wrong | undefined {
  const written = readFileSync(pathOf('output'), 'utf8');
  if (!written.startsWith('{') && !written.startsWith('[')) return undefined;
  try {
    JSON.parse(written);
    return undefined;
  } catch (e) {
    return { kind: 'what was written is not valid JSON', details: String(e) };
  }
}

async function judge(kind: TextKind, input: TextInput): Promise<Outcome> {
  const { text, args } = input;
  const path = given(kind.file, encode(text));
  const run = await runCommand(args.map((a) => a.replace(INPUT, path).replace(OUTPUT, pathOf('output'))));
  const command = args.find((a) => !a.startsWith('-'))!;
  const isRefused = /^error\[B|"error": \[/m.test(run.stderr + run.stdout.slice(0, 200));
  const end = `${command} ${isRefused ? 'refused' : run.status}`;
  const budget = args.includes('--max-insns') ? { maxInsns: BUDGET } : {};
  const wrong =
    judgeRun(run, { file: path, text, ...budget }) ??
    (run.status === 0 && args.includes(OUTPUT) ? judgeOutput() : undefined) ??
    (await kind.judgeMore?.(input, run));
  return { end, ...(wrong && { wrong }) };
}

const commandLine = ({ args }: TextInput, file: string): string =>
  `tinybpf ${args.join(' ').replaceAll(INPUT, file).replaceAll(OUTPUT, 'output')}`;

export function textTarget(kind: TextKind): Target {
  const { name, about, inTest, reaches, file } = kind;
  return define<TextInput>({
    name,
    about,
    inTest,
    reaches,
    make: kind.make,
    judge: (input) => judge(kind, input),
    shrink: async (input, fails) => ({
      ...input,
      text: await shorterText(input.text, (text) => fails({ ...input, text })),
    }),
    show: (input) => `${commandLine(input, file)}\n${input.text}`,
    files: (input) =>
      new Map<string, string | Uint8Array>([
        [file, encode(input.text)],
        ['command.txt', `${commandLine(input, file)}\n`],
      ]),
  });
}
