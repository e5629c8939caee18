import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.js';
import { shippedFiles } from '../../src/cli/shipped.js';
import { Environment } from '../../src/lab/environment.js';
import { type CliResult, ROOT, tinybpf } from '../support/cli.js';
import { randomFrom } from '../support/damage.js';
import { Given, Kept } from '../support/kept.js';

const PAIRS = 100;
const SEED = Number(process.env['TINYBPF_SEED'] ?? Date.now() % 1_000_000);
const random = randomFrom(SEED);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

const LABS = ['programs', 'programs/explore', 'programs/guards-of-linux'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.bpf'))
    .map((name) => `${folder}/${name}`),
);
/** What images are kept by: guard, model, engine, and what a run leaves out. */
const MACHINES: readonly (readonly string[])[] = [
  [],
  ['--guard', 'generic'],
  ['--kernel', 'amd64-6.12'],
  ['--engine', 'wasm', '--no-stats'],
];

/** Everything that a run shows, its events and bytes included. */
const commandOf = (lab: string, machine: readonly string[]): readonly string[] => [
  'run',
  '--json',
  ...machine,
  lab,
];

const fresh = new Map<string, CliResult>();

/** What a process of its own says. */
function alone(command: readonly string[]): CliResult {
  const key = command.join(' ');
  const known = fresh.get(key) ?? tinybpf(command);
  fresh.set(key, known);
  return known;
}

test(`nothing of a run is left for the next, seed ${SEED}`, async () => {
  // One environment: what is kept from boot to boot is kept for all of them.
  const environment = new Environment(shippedFiles());
  async function here(command: readonly string[]): Promise<CliResult> {
    const [stdout, stderr] = [new Kept(), new Kept()];
    const status = await runCli(command, { stdin: new Given(), stdout, stderr }, { environment });
    return { status, stdout: stdout.text, stderr: stderr.text };
  }
  const seconds = Array.from({ length: 12 }, () => commandOf(pick(LABS), pick(MACHINES)));
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const first = commandOf(pick(LABS), pick(MACHINES));
    const second = pick(seconds);
    await here(first);
    expect(await here(second), `${second.join(' ')} after ${first.join(' ')}`).toEqual(alone(second));
  }
});
