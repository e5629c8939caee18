import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { diagnosticToJson, JSON_VERSION } from '../report/json.js';
import { type Diagnostic, errorAt, InputError } from '../text/diagnostic.js';
import { asmCommand } from './asm.js';
import { checkCommand } from './check.js';
import { conformanceCommand, pluginCommand } from './conformance.js';
import { CliContext } from './context.js';
import { disasmCommand } from './disasm.js';
import { explainCommand } from './explain.js';
import { type ColorChoice, EXIT, UsageError } from './io.js';
import { listCommand } from './list.js';
import { runCommand } from './run.js';
import { testCommand } from './test.js';

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const EPILOGUE = `
Exit status: 0 all is well, 1 a program or lab failed or was refused, 2 wrong usage, 3 a bug of tinybpf,
130 interrupted. Results go to standard output, diagnostics to standard error. \`-\` reads standard input.`;

function build(cx: CliContext): Command {
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
    .exitOverride()
    .hook('preAction', (root) => {
      const options = root.opts<{ color: ColorChoice; json?: boolean }>();
      cx.color = options.color;
      cx.json = options.json === true;
    });
  program.configureOutput({ outputError: (text, write) => write(text) });
  const commands = [
    runCommand(cx),
    testCommand(cx),
    checkCommand(cx),
    asmCommand(cx),
    disasmCommand(cx),
    listCommand(cx),
    explainCommand(cx),
    conformanceCommand(cx),
    pluginCommand(cx),
  ];
  for (const command of commands) {
    command.exitOverride().showHelpAfterError('(add --help for the options)');
    program.addCommand(command);
  }
  return program;
}

function refuse(cx: CliContext, diagnostics: readonly Diagnostic[], status: number): number {
  if (cx.json) {
    process.stdout.write(
      `${JSON.stringify({ version: JSON_VERSION, error: diagnostics.map(diagnosticToJson) }, null, 2)}\n`,
    );
  } else cx.report(diagnostics);
  return status;
}

function internalError(e: unknown): Diagnostic {
  const error = e instanceof Error ? e : new Error(String(e));
  const frames = (error.stack ?? '')
    .split('\n')
    .slice(1, 4)
    .map((l) => l.trim().replace(/\(?file:.*\/(?=[^/]+:\d)/, '('));
  return errorAt('B0901', `internal error: ${error.message}`, {
    notes: frames,
    help: 'this is a bug of tinybpf; please report it together with the input',
  });
}

/** Runs the command line and returns the exit status. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const cx = new CliContext();
  const onPipeClosed = (e: NodeJS.ErrnoException): void => {
    if (e.code !== 'EPIPE') throw e;
  };
  process.stdout.on('error', onPipeClosed);
  process.once('SIGINT', () => process.exit(EXIT.interrupted));
  try {
    await build(cx).parseAsync([...argv], { from: 'user' });
    return cx.exitCode;
  } catch (e) {
    if (e instanceof CommanderError) return e.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (e instanceof UsageError) return refuse(cx, [e.diagnostic], EXIT.usage);
    if (e instanceof InputError) return refuse(cx, e.diagnostics, EXIT.failed);
    return refuse(cx, [internalError(e)], EXIT.internal);
  }
}
