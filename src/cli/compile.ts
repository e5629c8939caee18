/**
 * Keeps the code that V8 makes of the command line, at the end of a build: runs a few commands, so that the functions
 * which these call are compiled, and writes down what has been compiled. Run by the Node that is to use it.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { runCli } from './command-line.js';
import { CompiledModules, keptFolder, setUp } from './compiled.js';
import { PROGRAMS } from './programs.js';
import { nothing, nowhere } from './streams.js';

const labs = ['two-programs', 'recursion'].map((name) => join(PROGRAMS, `${name}.bpf`));
const COMMANDS: readonly (readonly string[])[] = [
  ['--help'],
  ['explain', 'B0201'],
  ['list', 'guards'],
  ['list', 'insns'],
  ...labs.flatMap((lab) => [
    ['run', lab],
    ['run', '--json', lab],
    ['check', lab],
    ['disasm', lab],
  ]),
  ['explore', '--guard', 'arm64-v1', '-n', '1', join(PROGRAMS, 'explore', 'u8-wrap.bpf')],
];

const folder = import.meta.dirname;
const kept = keptFolder(folder);
rmSync(dirname(kept), { recursive: true, force: true });
setUp();
const modules = new CompiledModules(folder);
const { runCli: run } = modules.load('command-line.js') as { readonly runCli: typeof runCli };
void keep();

async function keep(): Promise<void> {
  for (const command of COMMANDS) await run(command, { stdin: nothing, stdout: nowhere, stderr: nowhere });
  for (const [name, script] of modules.scripts) {
    const path = join(kept, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, script.createCachedData());
  }
}
