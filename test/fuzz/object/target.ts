import { flipped, scrambled, truncated } from '../../support/damage.js';
import { OWN } from '../../support/objects.js';
import { given } from '../command/files.js';
import { judgeRun } from '../command/judge.js';
import { runCommand } from '../command/run.js';
import { define } from '../define.js';
import { Random } from '../random.js';
import { fewer } from '../shrink.js';
import type { Outcome } from '../target.js';
import { BUDGETED } from '../text-target.js';
import { changeOf } from './change.js';
import { putTogether, takeApart } from './parts.js';

interface ObjectInput {
  /** Which of the project's objects. */
  readonly name: string;
  /** Each the seed of a change to the object's parts. */
  readonly changes: readonly number[];
  /** What is done to the bytes after that. */
  readonly damage: number | undefined;
  readonly args: readonly string[];
}

const INPUT = '%INPUT%';
const LAB = '%LAB%';
const RUN = ['run', ...BUDGETED, INPUT];
const DISASM: readonly (readonly string[])[] = [
  ['disasm', INPUT],
  ['disasm', '-S', INPUT],
  ['--json', 'disasm', INPUT],
  ['disasm', '--style', 'kernel', '--no-bytes', INPUT],
];
const LOADING: readonly (readonly string[])[] = [
  ['check', INPUT],
  RUN,
  ['run', ...BUDGETED, LAB],
  ['step', ...BUDGETED, INPUT, '-x', 'info maps', '-x', 'list', '-x', 'info trampoline bpf_fentry_test1'],
];
/** Objects that can be run as they are. */
const RUNNABLE = OWN.filter((o) => ['beside', 'functions', 'small'].some((name) => o.name.startsWith(name)));

/** What makes the programs of an object run, mostly. */
function action(random: Random, bytes: Uint8Array): string {
  const names = takeApart(bytes)
    .symbols.map((s) => s.name)
    .filter((n) => n !== '');
  const name = random.of([...names, 'main']);
  return random.of([
    `test_run ${name}`,
    'call bpf_fentry_test1(1)',
    'call bpf_fentry_test1(1)',
    `update ${name}[0] = 1  lookup ${name}[0]  delete ${name}[0]`,
    `set ${name} = 1`,
  ]);
}

/** A lab that names the object. */
const LAB_TEXT = 'object "input.o"\nscenario { cpu 0 { test_run main } expect main.run_cnt == 1 }\n';

function make(random: Random): ObjectInput {
  const count = random.chance(5) ? 0 : random.between(1, random.chance(80) ? 2 : 12);
  const isListed = random.chance(30);
  const { name, bytes } = random.of(isListed || random.chance(25) ? OWN : RUNNABLE);
  const json = random.chance(30) ? ['--json'] : [];
  const acting = [
    ...json,
    ...RUN,
    ...(random.chance(50) ? ['--timeline'] : []),
    '--do',
    action(random, bytes),
  ];
  return {
    name,
    changes: Array.from({ length: count }, () => random.word()),
    damage: random.chance(15) ? random.word() : undefined,
    args: random.of(isListed ? DISASM : random.chance(40) ? LOADING : [acting]),
  };
}

function bytesOf({ name, changes, damage }: ObjectInput): Uint8Array {
  const { bytes } = OWN.find((o) => o.name === name)!;
  const parts = takeApart(bytes);
  for (const seed of changes) {
    const random = new Random(seed);
    changeOf(random).apply(parts, random);
  }
  const whole = putTogether(parts);
  if (damage === undefined) return whole;
  const random = new Random(damage);
  const fraction = (): number => (random.word() >>> 0) / 2 ** 32;
  const at = random.between(0, whole.length - 1);
  return random.of([scrambled(whole, fraction), truncated(whole, at), flipped(whole, at, fraction)]).bytes;
}

async function judgeBytes(bytes: Uint8Array, args: readonly string[]): Promise<Outcome> {
  const path = given('input.o', bytes);
  const lab = given('input.bpf', LAB_TEXT);
  const run = await runCommand(args.map((a) => a.replace(INPUT, path).replace(LAB, lab)));
  const isRefused = /^error\[B|"error": \[/m.test(run.stderr + run.stdout.slice(0, 200));
  const command = args.find((a) => !a.startsWith('-'))!;
  const wrong = judgeRun(run, {});
  return { end: `${command} ${isRefused ? 'refused' : run.status}`, ...(wrong && { wrong }) };
}

export const objects = define<ObjectInput>({
  name: 'objects',
  about:
    'objects whose sections, symbols, relocations, BTF, BTF.ext, maps and code are changed as such, and their bytes, for every command that takes one',
  inTest: 50,
  reaches: ['disasm 0', 'disasm refused', 'check 0', 'check refused', 'run 0', 'run refused'],
  make,
  judge: (input) => judgeBytes(bytesOf(input), input.args),
  shrink: async (input, fails) => {
    const changes = await fewer(input.changes, (some) => fails({ ...input, changes: some }));
    const { damage: _, ...whole } = input;
    const undamaged: ObjectInput = { ...whole, changes, damage: undefined };
    return (await fails(undamaged)) ? undamaged : { ...input, changes };
  },
  show: (input) => {
    const what = input.changes.map((seed) => changeOf(new Random(seed)).what);
    const damaged = input.damage === undefined ? '' : ', then damaged';
    return `tinybpf ${input.args.join(' ').replace(INPUT, 'input.o').replace(LAB, 'input.bpf')}\n${input.name} with ${what.join(', ') || 'no change'}${damaged}`;
  },
  files: (input) =>
    new Map<string, string | Uint8Array>([
      ['input.o', bytesOf(input)],
      ['input.bpf', LAB_TEXT],
    ]),
});
