import { parseOrThrow } from '../../src/lab/environment.js';
import { scenariosOf } from '../../src/lab/run.js';
import { CHOICE, continued } from '../../src/replay/choice.js';
import { Player } from '../../src/replay/player.js';
import { makeScene, type Scene } from '../../src/replay/scene.js';
import { formatSchedule, scheduleOf } from '../../src/replay/schedule.js';
import { environment } from '../support/environment.js';
import type { Random } from './random.js';
import { LABS, type Sample } from './text/corpus.js';
import { mutate } from './text/mutate.js';
import { BUDGETED, INPUT, type TextInput, textTarget } from './text-target.js';

/** Labs that can be explored. */
const EXPLORED: readonly Sample[] = LABS.filter(
  (s) => /\/explore\//.test(s.name) && /\btask \w+ cpu/.test(s.text),
);

/** Most moves of a walk, and tries to find one that is possible. */
const LONGEST = 600;
const TRIES = 40;

/** Moves that are possible one after the other, chosen at random; mostly the one before goes on. */
function walk(scene: Scene, random: Random): number[] {
  const player = new Player(scene, undefined);
  const cpus = scene.kernel.processors.map((cpu) => cpu.id);
  const all = [
    ...scene.tasks.map((_, i) => CHOICE.task(i)),
    ...cpus.map((cpu) => CHOICE.interrupt(cpu)),
    ...scene.sources.flatMap((_, i) => cpus.map((cpu) => CHOICE.arrival(i, cpu))),
  ];
  const moves: number[] = [];
  const wanted = random.between(1, LONGEST);
  for (let tries = 0; moves.length < wanted && tries < TRIES && !player.isOver; tries += 1) {
    const last = moves.at(-1);
    const choice = last !== undefined && random.chance(85) ? continued(last) : random.of(all);
    const moved = player.move(choice);
    if (moved.kind === 'impossible') continue;
    moves.push(choice);
    tries = 0;
    if (moved.kind === 'fault') break;
  }
  return moves;
}

interface Walked {
  readonly lab: string;
  readonly text: string;
}

/** A schedule that can be carried out. */
export function makeWalk(random: Random): Walked {
  const lab = random.of(EXPLORED);
  const ast = parseOrThrow({ name: lab.name, text: lab.text });
  const scenario = random.of(scenariosOf(ast));
  const guardName = random.chance(30) ? random.of(['generic', 'arm64', 'arm64-v1', 'none']) : undefined;
  const scene = makeScene(ast, scenario, environment, { ...(guardName && { guardName }) });
  const turns = scheduleOf(scene, walk(scene, random));
  const text = formatSchedule(
    { title: scenario.title?.name, guard: guardName, kernel: undefined, turns },
    'a walk',
  );
  return { lab: lab.name, text };
}

const WORDS = [
  'task',
  'arrive',
  'interrupt',
  'cpu',
  'A',
  'B',
  '0',
  '1',
  '3',
  'nmi',
  'guard',
  'kernel',
  'stats off',
];

function make(random: Random): TextInput {
  const { lab, text } = makeWalk(random);
  const run = ['run', ...BUDGETED, lab, '--schedule', INPUT];
  const args = random.of([
    run,
    ['--json', ...run],
    [...run, '--timeline'],
    [
      'step',
      ...BUDGETED,
      lab,
      '--schedule',
      INPUT,
      '-x',
      'continue',
      '-x',
      'reverse-step',
      '-x',
      'info threads',
    ],
  ]);
  const isAsWalked = random.chance(40);
  const samples = [{ name: 'another', text: makeWalk(random).text }];
  return { args, text: isAsWalked ? text : mutate(text, random, { samples, words: WORDS }) };
}

export const schedule = textTarget({
  name: 'schedule',
  about:
    'schedules of random moves, half of them changed, carried out by `run` and `step`: possible, or refused with the turn that is not',
  file: 'input.schedule',
  inTest: 15,
  reaches: ['run 0', 'run refused', 'step 0'],
  make,
});
