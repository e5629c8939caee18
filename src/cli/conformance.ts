import { basename } from 'node:path';
import { Command } from 'commander';
import type { EngineFactory } from '../machine/bare.js';
import {
  type ConformanceOutcome,
  describeBare,
  parseConformance,
  runBytes,
  runConformance,
} from '../machine/conformance.js';
import { ENGINES } from '../machine/engines.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import type { CliContext } from './context.js';
import { parseHex, programOf } from './disasm.js';
import { EXIT, UsageError } from './io.js';
import { engineOption, maxInsnsOption } from './options.js';
import { filesBelow, readBytes, readText } from './read.js';

/** A file that cannot be read, or is not text, fails as a test does, so that the others are still run. */
function runFile(path: string, engine: EngineFactory, maxInsns: number): ConformanceOutcome {
  try {
    return runConformance(parseConformance(basename(path), readText(path).text), engine, maxInsns);
  } catch (e) {
    if (!(e instanceof InputError || e instanceof UsageError)) throw e;
    const diagnostics = e instanceof InputError ? e.diagnostics : [e.diagnostic];
    const actual = diagnostics.map((d) => d.message).join('; ');
    return { name: basename(path), passed: false, expected: 'a test', actual };
  }
}

export function conformanceCommand(cx: CliContext): Command {
  return new Command('conformance')
    .argument('<path...>', 'files or directories')
    .addOption(engineOption())
    .addOption(maxInsnsOption())
    .action((paths: string[], options: { engine: string; maxInsns: number }) => {
      const engine = ENGINES[options.engine]!;
      const files = paths.flatMap((path) => filesBelow(path, '.data'));
      if (files.length === 0)
        throw new UsageError(errorAt('B0801', `there is no .data file in ${paths.join(' ')}`));
      const outcomes = files.map((f) => runFile(f, engine, options.maxInsns));
      const failed = outcomes.filter((o) => !o.passed);
      if (cx.json) {
        cx.document({ passed: outcomes.length - failed.length, failed: failed.length, failures: failed });
      } else {
        for (const f of failed)
          cx.out(`${cx.palette.error('FAIL')} ${f.name}: expected ${f.expected}, got ${f.actual}`);
        cx.out(`${outcomes.length - failed.length} passed, ${failed.length} failed`);
      }
      if (failed.length > 0) cx.fail();
    });
}

export function pluginCommand(cx: CliContext): Command {
  return new Command('plugin')
    .argument('[memory]', 'memory for the program, as hex bytes', '')
    .addOption(engineOption())
    .addOption(maxInsnsOption())
    .action((memory: string, options: { engine: string; maxInsns: number }) => {
      const program = programOf(
        '<stdin>',
        parseHex('<stdin>', new TextDecoder().decode(readBytes('-', cx.stdin))),
      );
      const engine = ENGINES[options.engine]!;
      const result = runBytes(program, parseHex('the memory argument', memory), engine, options.maxInsns);
      if (result.kind === 'done') {
        cx.out(result.r0.toString(16));
        return;
      }
      cx.stderr.text(`${describeBare(result)}\n`);
      cx.fail(EXIT.failed);
    });
}
