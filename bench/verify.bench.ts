/** How fast the verifier walks, beside how fast the interpreter executes the same programs; and what a user waits for, and what it takes. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interpreter } from '../src/machine/bare.js';
import type { Statistics, VerifyRequest } from '../src/verify/request.js';
import { verify } from '../src/verify/verify.js';
import { FOLDER, prepareProgram, recorded } from './bare.js';
import { PROGRAMS } from './programs.js';
import { heading, median, processorTimeOf, table } from './support.js';
import { loopOf, OBJECTS, requestOfText, requestsOf } from './verifier.js';

const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
/** Milliseconds in which the interpreter is timed. */
const SLICE = 20;
/** A walk that is shorter says little, and so it does of one that is over with a bad instruction soon. */
const SHORTEST = 10_000;
/** So many instructions are executed at least while one is walked. */
const MOST = 40;

function walkOf(request: VerifyRequest): Statistics {
  const verdict = verify(request);
  if (verdict.kind === 'not judged') throw new Error(`not judged: ${verdict.why}`);
  return verdict.statistics;
}

interface Ready {
  readonly name: string;
  readonly request: VerifyRequest;
  readonly walk: Statistics;
  readonly execute: () => void;
  readonly executed: number;
  readonly walked: number[];
  readonly ran: number[];
}

/** The programs from C of which the walk is long, whatever it comes to. */
function ready(): Ready[] {
  return PROGRAMS.flatMap((program) => {
    const [request] = requestsOf(new URL(`${program.name}.v3.o`, FOLDER));
    const walk = request && walkOf(request);
    if (request === undefined || walk === undefined || walk.processed < SHORTEST) return [];
    const { machine, run } = prepareProgram(program, recorded(program, 'v3'), interpreter);
    run();
    const before = machine.executed;
    run();
    const executed = machine.executed - before;
    return [{ name: program.name, request, walk, execute: run, executed, walked: [], ran: [] }];
  });
}

const geometricMean = (numbers: readonly number[]): number =>
  Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length);

/** Nanoseconds of processor time that an instruction takes, walked and executed, in turns. */
function speed(): void {
  heading(
    `The verifier beside the interpreter, on the same programs (ns an instruction, medians of ${ROUNDS} rounds)`,
  );
  const all = ready();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { request, walk, execute, executed, walked, ran } of all) {
      walked.push(processorTimeOf(() => verify(request), 1) / walk.processed);
      ran.push(processorTimeOf(execute, SLICE) / executed);
    }
  }
  const ratios = all.map(({ walked, ran }) => median(walked.map((w, i) => w / ran[i]!)));
  table(
    all.map(({ name, walk, walked, ran }, i) => ({
      program: name,
      walked: walk.processed,
      states: walk.totalStates,
      'ns walked': median(walked).toFixed(0),
      'ns executed': median(ran).toFixed(1),
      ratio: ratios[i]!.toFixed(1),
    })),
  );
  const mean = geometricMean(ratios);
  console.log(
    `\n${mean.toFixed(1)} executed while one is walked (geometric mean); at most ${MOST}: ${mean <= MOST ? 'yes' : 'no'}`,
  );
}

interface Cold {
  readonly milliseconds: number;
  readonly states: number;
  readonly kibibytes: number;
}

const SCRIPT = fileURLToPath(new URL('cold-verify.js', import.meta.url));

function cold(what: string): Cold {
  const { stdout, stderr } = spawnSync(process.execPath, [SCRIPT, what], { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Cold;
}

function bootNode(): number {
  const from = performance.now();
  spawnSync(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  return performance.now() - from;
}

/** What verifying all programs of an object takes, first in a process, beside booting Node. */
function objects(): void {
  if (!existsSync(OBJECTS)) {
    console.log('\nThere are no recorded objects beside the checkout.');
    return;
  }
  heading('Verifying an object, first in a process, beside `node -e 0` (ms, medians)');
  const files = readdirSync(OBJECTS).filter((name) => name.endsWith('.o'));
  const times = files.map((): number[] => []);
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(bootNode());
    for (const [i, name] of files.entries()) times[i]!.push(cold(join(OBJECTS, name)).milliseconds);
  }
  const node = median(bare);
  table(
    files.map((object, i) => {
      const ms = median(times[i]!);
      return { object, ms: ms.toFixed(1), node: node.toFixed(1), 'less than Node': ms < node ? 'yes' : 'no' };
    }),
  );
}

/** Memory of loops that are walked round by round, each twice as long as the one before. */
function memory(): void {
  heading('Memory by states kept: a loop that is walked round by round');
  table(
    [4000, 8000, 16_000, 32_000, 64_000].map((rounds) => {
      const { states, kibibytes } = cold(String(rounds));
      const { processed } = walkOf(requestOfText(loopOf(rounds)));
      const bytes = (kibibytes * 1024) / states;
      return { walked: processed, states, KiB: kibibytes, 'bytes a state': bytes.toFixed(0) };
    }),
  );
}

export async function verifySuite(): Promise<void> {
  speed();
  objects();
  memory();
}
