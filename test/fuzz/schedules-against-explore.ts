import { CPU_FIELD } from '../../src/kernel/cpu.js';
import { modelNamed, parseOrThrow } from '../../src/lab/environment.js';
import { holds } from '../../src/lab/expect.js';
import { shippedFiles } from '../../src/node.js';
import { CHOICE, continued } from '../../src/replay/choice.js';
import { Player } from '../../src/replay/player.js';
import { makeScene, type Scene } from '../../src/replay/scene.js';
import { formatSchedule, scheduleOf } from '../../src/replay/schedule.js';
import { type Draft, labOf, shrunk } from '../explore/oracle/draft.js';
import { makeExplorer } from '../explore/oracle/explorer.js';
import { draftBy } from '../explore/oracle/generate.js';
import { Instances, observing } from '../explore/oracle/instances.js';
import type { Lab, Summary } from '../explore/oracle/lab.js';
import { outcomeOf } from '../explore/oracle/outcome.js';
import { conditionsOf, exempt, isBalanced } from '../explore/oracle/promises.js';
import { environment } from '../support/environment.js';
import { define } from './define.js';
import { Random } from './random.js';
import type { Outcome } from './target.js';

/** Schedules of one lab: a thousand labs have 40,000. */
const OF_ONE_LAB = 40;
/** States beyond which a lab is left, and moves after which a schedule is: it may go round for ever. */
const MOST_STATES = 200_000;
const MOST_MOVES = 3_000;

/** A lab on the machine that `run --schedule` has, to be played again and again. */
class Stage {
  readonly #scene: Scene;
  readonly #lab: Lab;
  readonly #memory: Uint8Array;
  readonly #always: ReturnType<typeof conditionsOf>;
  readonly #finally: ReturnType<typeof conditionsOf>;
  readonly #exempt: readonly string[];
  readonly #choices: readonly number[];

  constructor(lab: Lab) {
    const ast = parseOrThrow({ name: 'lab.bpf', text: lab.text });
    const scenario = ast.declarations.find((d) => d.kind === 'scenario')!;
    this.#lab = lab;
    this.#scene = makeScene(ast, scenario, environment, { model: modelNamed(lab.kernel) });
    const { kernel, tasks, sources, booted } = this.#scene;
    this.#memory = kernel.memory.u8.slice();
    this.#always = conditionsOf(scenario, 'always');
    this.#finally = conditionsOf(scenario, 'finally');
    this.#exempt = exempt(scenario, booted.guard);
    const cpus = kernel.processors.map((c) => c.id);
    this.#choices = [
      ...tasks.flatMap(({ kind }, i) => (kind === 'idle' ? [] : [CHOICE.task(i)])),
      ...cpus.map((cpu) => CHOICE.interrupt(cpu)),
      ...sources.flatMap((_, s) => cpus.map((cpu) => CHOICE.arrival(s, cpu))),
    ];
  }

  /** Plays a random schedule; what it shows that `proven` excludes, and how. */
  play(random: Random, proven: Summary): string | undefined {
    const { kernel } = this.#scene;
    kernel.memory.u8.set(this.#memory);
    const broken = new Set<string>();
    const check = (what: string, ok: boolean): void => {
      if (!ok && !this.#exempt.includes(what) && !proven.broken.includes(what)) broken.add(what);
    };
    let instances = Instances.none(kernel);
    const player = new Player(
      this.#scene,
      undefined,
      observing(kernel, (by) => {
        instances = by(instances);
      }),
    );
    const moves: number[] = [];
    const look = (): void => {
      check(
        'always',
        this.#always.every((c) => holds(kernel, c)),
      );
      for (const p of instances.broken) check(p, false);
      if (!player.isOver || !this.#sleeps) return;
      check('progress', !instances.starved);
      check('balanced', isBalanced(kernel));
      check(
        'finally',
        this.#finally.every((c) => holds(kernel, c)),
      );
      const outcome = outcomeOf(kernel, this.#lab.observed);
      if (!proven.outcomes.includes(outcome)) broken.add(`what can come of it by ending with ${outcome}`);
    };
    look();
    // How often in a hundred whoever has the turn keeps it.
    const lazy = random.of([50, 80, 95, 98]);
    let last: number | undefined;
    while (moves.length < MOST_MOVES && broken.size === 0) {
      const first = last !== undefined && random.chance(lazy) ? continued(last) : random.of(this.#choices);
      const from = random.between(0, this.#choices.length - 1);
      const others = this.#choices.map((_, i) => this.#choices[(from + i) % this.#choices.length]!);
      const moved = this.#moveOne(player, [first, ...others], (thread) => {
        instances = instances.goesOn(thread);
      });
      if (moved === undefined) {
        check('no_deadlock', player.isOver);
        break;
      }
      moves.push(moved.choice);
      last = moved.choice;
      look();
      if (!moved.isFault) continue;
      check('no_fault', false);
      break;
    }
    if (broken.size === 0) return undefined;
    const turns = scheduleOf(this.#scene, moves);
    const how = { title: undefined, guard: kernel.guard.name, kernel: this.#lab.kernel, turns };
    return formatSchedule(how, `breaks ${[...broken].join(', ')}`);
  }

  /** Carries out the first of some choices that is possible; undefined if none is. */
  #moveOne(
    player: Player,
    choices: readonly number[],
    goesOn: (thread: number) => void,
  ): { readonly choice: number; readonly isFault: boolean } | undefined {
    for (const choice of choices) {
      if (this.#isSleeping(choice)) continue;
      const begun = player.begin(choice);
      if (begun.kind === 'impossible') continue;
      if (begun.kind === 'moved') return { choice, isFault: false };
      goesOn(begun.thread.at);
      return { choice, isFault: player.execute(begun).kind === 'fault' };
    }
    return undefined;
  }

  /** Whether no softirq thread has been woken that has not begun. */
  get #sleeps(): boolean {
    return this.#scene.tasks.every(
      (_, i) => this.#scene.tasks[i]!.kind !== 'softirqd' || this.#isSleeping(i),
    );
  }

  /** Whether a choice is a softirq thread that nobody has woken. */
  #isSleeping(choice: number): boolean {
    const { kernel, tasks } = this.#scene;
    const { task, kind } = tasks[choice] ?? {};
    if (task === undefined || kind !== 'softirqd' || task.thread.isBusy) return false;
    return kernel.memory.readU32(kernel.processors[task.thread.cpu]!.at + CPU_FIELD.softirqd) === 0;
  }
}

/** A lab, and where the random numbers of its schedules begin. */
interface Input {
  readonly draft: Draft;
  readonly seed: number;
}

const explorer = makeExplorer(shippedFiles());

/** What explore proves of a lab; undefined where it refuses it or has too many states. */
function provenOf(lab: Lab): Summary | undefined {
  const found = explorer(lab, true, MOST_STATES);
  return found?.refused === true ? undefined : found;
}

function judge({ draft, seed }: Input): Outcome {
  const lab = labOf(draft);
  const proven = provenOf(lab);
  if (proven === undefined) return { end: 'not explored' };
  const stage = new Stage(lab);
  for (let i = 0; i < OF_ONE_LAB; i += 1) {
    const details = stage.play(new Random(Math.imul(seed, 65_537) + i), proven);
    if (details !== undefined)
      return { end: 'broken', wrong: { kind: 'a schedule shows what explore rules out', details } };
  }
  return { end: proven.broken.length === 0 ? 'holds' : 'breaks something' };
}

/** A smaller lab of which some schedule shows the same. */
async function shrinkInput(input: Input, fails: (smaller: Input) => Promise<boolean>): Promise<Input> {
  let small = input;
  for (let again = true; again; ) {
    again = false;
    for (const draft of shrunk(small.draft)) {
      if (!(await fails({ ...small, draft }))) continue;
      small = { ...small, draft };
      again = true;
      break;
    }
  }
  return small;
}

const show = ({ draft }: Input): string => `// kernel ${draft.kernel}\n${labOf(draft).text}`;

export const schedulesAgainstExplore = define<Input>({
  name: 'schedules-against-explore',
  about: `${OF_ONE_LAB} random schedules each of random labs, played on the machine as \`run --schedule\` does: none breaks what explore proves, or ends as no schedule can`,
  inTest: 10,
  reaches: ['holds', 'breaks something'],
  make: (random) => ({ draft: draftBy(random), seed: random.word() }),
  judge,
  shrink: shrinkInput,
  show,
});
