import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { refusalToJson } from '../report/refusal.js';
import { type Diagnostic, errorAt, InputError, InternalError } from '../text/diagnostic.js';
import { MOST_ERRORS } from '../text/findings.js';
import { COMMANDS } from './commands.js';
import { CliContext, type Host } from './context.js';
import { type ColorChoice, EXIT, UsageError } from './io.js';
import type { Streams } from './streams.js';

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const EPILOGUE = `
Exit status: 0 all is well, 1 a program or lab failed or was refused, 2 wrong usage, 3 a bug of tinybpf,
130 interrupted. Results go to standard output, diagnostics to standard error. \`-\` reads standard input.`;

/** What comes after a command's name, for one that has not been loaded, too. */
function usageOf(command: Command): string {
  return COMMANDS.find((row) => row.name === command.name())?.usage ?? command.usage();
}

async function build(cx: CliContext, argv: readonly string[]): Promise<Command> {
  const program = new Command('tinybpf')
    .description('A laboratory for one question: what happens when a BPF program would re-enter itself?')
    .version(version(), '-V, --version')
    .addOption(
      new Option('--color <when>', 'colours in the output')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .option('-j, --json', 'print one JSON document instead of text')
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', EPILOGUE)
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${usageOf(command)}` })
    .exitOverride()
    .hook('preAction', (root, command) => {
      const options = root.opts<{ color: ColorChoice; json?: boolean }>();
      cx.color = options.color;
      cx.json = options.json === true;
      cx.maxErrors = command.opts<{ maxErrors?: number }>().maxErrors ?? MOST_ERRORS;
    });
  const quiet = isJson(argv);
  const output = {
    writeOut: (text: string) => cx.stdout.text(text),
    writeErr: (text: string) => void (quiet || cx.stderr.text(text)),
  };
  program.configureOutput(output);
  const words = new Set(argv);
  for (const row of COMMANDS) {
    // Whichever word turns out to be the command: it may come after options, or after `help`.
    const command = words.has(row.name) ? (await row.load())(cx) : new Command(row.name).usage(row.usage);
    const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
    const outputError = (text: string, write: (text: string) => void): void =>
      write(
        choices.length > 0 && text.includes('missing required argument')
          ? `${text.trimEnd()}: ${choices.join(', ')}\n`
          : text,
      );
    command
      .description(row.description)
      .configureOutput({ ...output, outputError })
      .exitOverride()
      .showHelpAfterError('(add --help for the options)');
    program.addCommand(command);
  }
  return program;
}

function refuse(cx: CliContext, diagnostics: readonly Diagnostic[], status: number): number {
  if (cx.json) cx.document(refusalToJson(diagnostics, cx.maxErrors));
  else cx.report(diagnostics);
  return status;
}

/** What is reported about an error that is ours. */
export function internalError(e: unknown): Diagnostic {
  const error = e instanceof Error ? e : new Error(String(e));
  const frames = (error.stack ?? '')
    .split('\n')
    .slice(1, 4)
    .map((l) => l.trim().replace(/\(?file:.*\/(?=[^/]+:\d)/, '('));
  return errorAt('B0901', `internal error: ${error.message}`, {
    notes: error instanceof InternalError ? error.notes : frames,
    help: 'this is a bug of tinybpf; please report it together with the input',
  });
}

/**
 * True where the host has no room for what is to be made: a text longer than a string can be, memory that the system does
 * not give. The input is too large then, which is not a bug.
 */
const isOutOfRoom = (e: unknown): boolean =>
  e instanceof RangeError &&
  /string length|allocation failed|could not allocate|Invalid array/.test(e.message);

function noRoom(e: unknown): Diagnostic {
  return errorAt('B0607', `there is no room for this: ${(e as Error).message}`, {
    help: '`--max-memory` and `--max-insns` make a run smaller; a trace or JSON document of millions of events is larger than a string can be',
  });
}

/** What commander found wrong it has printed already, unless JSON was asked for. */
function commanderStatus(cx: CliContext, e: CommanderError, argv: readonly string[]): number {
  if (e.exitCode === 0) return EXIT.ok;
  if (isJson(argv)) {
    cx.json = true;
    return refuse(cx, [errorAt('B0803', e.message.replace(/^error: /, ''))], EXIT.usage);
  }
  return EXIT.usage;
}

/** A name from the command line, not from a file, that does not exist. */
const isTyped = (d: Diagnostic): boolean =>
  d.span === undefined && (d.code === 'B0603' || d.code === 'B0604');

const isJson = (argv: readonly string[]): boolean => argv.includes('--json') || argv.includes('-j');

/** Runs the command line and returns the exit status. Whoever runs several can give all of them one environment. */
export async function runCli(argv: readonly string[], streams: Streams, host: Host = {}): Promise<number> {
  const cx = new CliContext(streams, host);
  try {
    const program = await build(cx, argv);
    await program.parseAsync([...argv], { from: 'user' });
    return cx.exitCode;
  } catch (e) {
    if (e instanceof CommanderError) return commanderStatus(cx, e, argv);
    if (e instanceof UsageError) return refuse(cx, [e.diagnostic], EXIT.usage);
    if (e instanceof InputError)
      return refuse(cx, e.diagnostics, e.diagnostics.every(isTyped) ? EXIT.usage : EXIT.failed);
    if (isOutOfRoom(e)) return refuse(cx, [noRoom(e)], EXIT.failed);
    return refuse(cx, [internalError(e)], EXIT.internal);
  }
}
