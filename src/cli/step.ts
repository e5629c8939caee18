import { existsSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { Command, Option } from 'commander';
import { type Begun, beginScenario } from '../lab/run.js';
import { beginReplay } from '../replay/replay.js';
import { formatReply } from '../report/step.js';
import { SPARE_ACTIONS } from '../step/by-hand.js';
import { Prompt } from '../step/prompt.js';
import type { Reply } from '../step/reply.js';
import { Session } from '../step/session.js';
import { errorAt } from '../text/diagnostic.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { EXIT, UsageError } from './io.js';
import {
  chosenScenario,
  type LabOptions,
  loadingOf,
  loadingOptions,
  readLab,
  scenariosFor,
  withOptions,
} from './lab.js';
import { actionOptions, mayOption } from './made-scenario.js';
import {
  guardOption,
  kernelOption,
  type MachineOptions,
  maxErrorsOption,
  maxInsnsOption,
  maxMemoryOption,
  noStatsOption,
  oneRunOption,
  scheduleOption,
  strictAlignmentOption,
} from './options.js';
import { readLines } from './read.js';
import { readSchedule } from './schedule.js';
import { linuxFor, type VerdictOptions, verifyOptions } from './verdicts.js';

interface Options extends MachineOptions, LabOptions, VerdictOptions {
  readonly commands?: string;
  readonly execute?: readonly string[];
  readonly scenario?: string;
  readonly schedule?: string;
}

const PROMPT = '(tinybpf) ';

/** Carries out a line, letting Ctrl-C be handled in between. */
async function carryOut(d: Prompt, line: string, isGivenUp: () => boolean): Promise<Reply> {
  const execution = d.execute(line);
  for (let result = execution.next(); ; result = execution.next(isGivenUp())) {
    if (result.done === true) return result.value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Every line of a script, each shown before what it answers. False if one of them was wrong. Lines are carried out as
 * they come, and what they answer is on its way before the next is waited for.
 */
async function runScript(cx: CliContext, d: Prompt, lines: Iterable<string>): Promise<boolean> {
  let isGood = true;
  await cx.stdout.flush();
  for (const line of lines) {
    cx.out(`${PROMPT}${line}`);
    const reply = await carryOut(d, line, () => false);
    if (reply.kind === 'wrong') isGood = false;
    if (reply.kind === 'quit') break;
    const shown = formatReply(reply, cx.palette);
    if (shown !== '') cx.out(shown);
    await cx.stdout.flush();
    if (cx.stdout.isDone) break;
  }
  return isGood;
}

/** A prompt with line editing, history and completion. */
async function converse(cx: CliContext, d: Prompt): Promise<void> {
  const terminal: Interface = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: cx.stdout.rendered(`${cx.palette.note(PROMPT.trim())} `),
    completer: (line: string) => {
      const { candidates, word } = d.complete(line);
      return [candidates, word];
    },
  });
  let isGivenUp = false;
  terminal.on('SIGINT', () => {
    isGivenUp = true;
    terminal.write(null, { ctrl: true, name: 'u' });
  });
  terminal.prompt();
  for await (const line of terminal) {
    isGivenUp = false;
    const reply = await carryOut(d, line, () => isGivenUp);
    if (reply.kind === 'quit') break;
    const shown = formatReply(reply, cx.palette);
    if (shown !== '') cx.out(shown);
    if (cx.stdout.isDone) break;
    terminal.prompt();
  }
  terminal.close();
  cx.out('');
}

export function stepCommand(cx: CliContext): Command {
  return withOptions(
    new Command('step')
      .argument('<file>', 'a lab, or an object file of clang (*.o), or C for it (*.c)')
      .addOption(
        new Option(
          '-c, --commands <file>',
          'carry out the commands of a file, one on each line; - for standard input',
        ),
      )
      .addOption(
        new Option('-x, --execute <command>', 'carry out a command; can be given several times').argParser(
          (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
        ),
      )
      .addOption(new Option('-n, --scenario <which>', 'number or title of the scenario, if not the first'))
      .addOption(scheduleOption()),
    [...actionOptions(), mayOption(), ...loadingOptions(), ...verifyOptions()],
  )
    .addOption(guardOption())
    .addOption(kernelOption())
    .addOption(noStatsOption())
    .addOption(strictAlignmentOption())
    .addOption(maxInsnsOption())
    .addOption(maxMemoryOption())
    .addOption(maxErrorsOption())
    .addHelpText('after', '\n`help` at the prompt lists the commands; they are those of gdb and rr.')
    .action(async (path: string, options: Options) => {
      if (cx.json) throw new UsageError(errorAt('B0803', '`step` has no JSON', { help: '`run --json` has' }));
      const { commands, execute } = options;
      if (commands !== undefined && execute !== undefined)
        throw new UsageError(errorAt('B0803', 'either --commands or --execute'));
      const isScript = commands !== undefined || execute !== undefined;
      const isTyped = !isScript && cx.stdin.isTerminal;
      if (path === '-' && !isTyped && (commands ?? (isScript ? '' : '-')) === '-')
        throw new UsageError(
          errorAt('B0803', 'the lab and the commands cannot both come from standard input'),
        );
      if (commands !== undefined && commands !== '-' && !existsSync(commands))
        throw new UsageError(
          errorAt('B0801', `there is no file ${commands} of commands`, {
            help: "`--commands` names a file with a command on each line; `--execute 'COMMAND'` gives one here",
          }),
        );
      const input = readLab(cx, path, options);
      const { schedule: file } = options;
      const common = {
        observe: true,
        spareActions: SPARE_ACTIONS,
        ...loadingOf(input, options),
        judge: await linuxFor(options),
      };
      const scheduled = file === undefined ? undefined : readSchedule(cx, file, input.lab, options);
      const scenario =
        scheduled?.scenario ?? chosenScenario(scenariosFor(cx, input, options), options.scenario);
      const run = { ...(scheduled?.run ?? oneRunOption(cx, options)), ...common };
      const begin = (): Begun =>
        scheduled === undefined
          ? beginScenario(input.lab, scenario, environmentOf(cx), run)
          : beginReplay(input.lab, scenario, environmentOf(cx), scheduled.schedule, run);
      const typed = execute?.flatMap((text) => text.split(/\r?\n/));
      const lines = isTyped ? [] : (typed ?? readLines(commands ?? '-', cx.stdin));
      const session = new Session(begin);
      const d = new Prompt(session, scenario);
      cx.report(session.kernel.warnings);
      cx.out(formatReply(d.here(), cx.palette));
      if (isTyped) await converse(cx, d);
      else if (!(await runScript(cx, d, lines))) cx.fail(EXIT.failed);
    });
}
