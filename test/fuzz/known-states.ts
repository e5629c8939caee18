import { bootScenario } from '../../src/lab/boot.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { Interpreter } from '../../src/machine/interpreter.js';
import type { Machine } from '../../src/machine/machine.js';
import { fromAddress } from '../../src/machine/memory.js';
import type { Thread } from '../../src/machine/thread.js';
import type { LabAst } from '../../src/syntax/lab-ast.js';
import { requestOf } from '../../src/verdict/requests.js';
import { WalkLog } from '../../src/verify/log/log.js';
import { checkProgram } from '../../src/verify/program/check.js';
import type { VerifyRequest } from '../../src/verify/request.js';
import type { Frame } from '../../src/verify/state/frame.js';
import { FLAGS } from '../../src/verify/state/kind.js';
import { isScalarSpill, type Slot, WHOLE } from '../../src/verify/state/slot.js';
import type { State } from '../../src/verify/state/state.js';
import { codeOf } from '../../src/verify/walk/code.js';
import { NotJudged, Refused } from '../../src/verify/walk/refused.js';
import { Walk } from '../../src/verify/walk/walk.js';
import { walkWhole } from '../../src/verify/walk/whole.js';
import { environment } from '../support/environment.js';
import { define } from './define.js';
import type { Outcome } from './target.js';
import { type Bodies, bootable, labOf, MOST_EXECUTED, makeBodies, parsed, shrinkBodies } from './verify.js';

/** Paths are walked one by one, so a program with many branches has more states than are worth to be kept. */
const MOST_STATES = 20_000;

/** What is known in a frame before an instruction. */
interface Known {
  readonly registers: Frame['registers'];
  readonly stack: Frame['stack'];
}

class TooMany extends Error {}

/** In the place of a log: keeps what is known before each instruction, by its slot. */
class States extends WalkLog {
  readonly bySlot = new Map<number, Known[]>();
  #count = 0;

  constructor() {
    super(1);
  }

  override writeState(slot: number, { frame, speculative }: State): void {
    // What a processor only runs ahead to does not happen.
    if (speculative) return;
    this.#count += 1;
    if (this.#count > MOST_STATES) throw new TooMany();
    const all = this.bySlot.get(slot) ?? [];
    this.bySlot.set(slot, all);
    all.push({ registers: frame.registers.slice(), stack: frame.stack.slice() });
  }

  override write(): void {}
  override writeInstruction(): void {}
  override writeFrames(): void {}
}

/**
 * All states before each instruction of a program that is accepted, path by path: none is left out because it is like another, of which some
 * things need not be true that are known of it. Undefined for programs that are refused or have too many paths.
 */
function statesOf(request: VerifyRequest): States['bySlot'] | undefined {
  const answer = checkProgram(request);
  if (answer?.kind !== 'checked') return undefined;
  const states = new States();
  const walk = new Walk(request, codeOf(request, answer.program), states);
  // States on the way to this one are asked for all the same: they end loops that Linux knows to end, and only where nothing is lost by it.
  const { kept } = walk;
  const all = kept.get.bind(kept);
  kept.get = (slot) => all(slot)?.filter((state) => state.branches > 0);
  try {
    walkWhole(walk);
  } catch (e) {
    if (e instanceof Refused || e instanceof NotJudged || e instanceof TooMany) return undefined;
    throw e;
  }
  return states.bySlot;
}

const unsigned = (word: bigint): bigint => BigInt.asUintN(64, word);

/** Of eight bytes of stack: whether what was stored there whole as a number is one that it may be. */
function fits(slot: Slot, word: bigint): boolean {
  return slot.bytes !== WHOLE || !isScalarSpill(slot) || slot.spilled.scalar.has(word);
}

function holds({ registers, stack }: Known, machine: Machine, thread: Thread): boolean {
  for (let n = 0; n < 10; n += 1) {
    const { kind, scalar, flags } = registers[n]!;
    const word = unsigned(thread.getRegister(n));
    if (kind === 'scalar' && !scalar.has(word)) return false;
    if (kind !== 'none' && kind !== 'scalar' && (flags & FLAGS.maybeNull) === 0 && word === 0n) return false;
  }
  const top = fromAddress(unsigned(thread.getRegister(10)));
  return stack.every((slot, i) => {
    const at = top === undefined ? undefined : top - 8 * (i + 1);
    return at === undefined || fits(slot, machine.memory.view.getBigUint64(at, true));
  });
}

/** Where something happened that was not known to be possible. */
interface Found {
  readonly name: string;
  readonly slot: number;
  readonly registers: readonly bigint[];
  readonly states: readonly Known[];
}

/** Runs a lab with an eye on its programs, whose states are given by their names: the first time that none of them holds. */
function watched(lab: LabAst, states: ReadonlyMap<string, States['bySlot']>): Found | undefined {
  let found: Found | undefined;
  const watch = (machine: Machine) => {
    const { text } = machine;
    const here = new Map<
      number,
      { readonly name: string; readonly slot: number; readonly all: readonly Known[] }
    >();
    let version = -1;
    const look = (): void => {
      version = text.version;
      for (const { start, code, indices } of text.placements) {
        const { name } = text.functions[indices[0]!]!;
        const bySlot = states.get(name);
        const slots = code.words.length / 4;
        if (bySlot === undefined) continue;
        for (let slot = 0; slot < slots; slot += 1)
          here.set(start + slot, { name, slot, all: bySlot.get(slot) ?? [] });
      }
    };
    const instruction = (thread: Thread, at: number): void => {
      if (text.version !== version) look();
      const known = found === undefined ? here.get(at) : undefined;
      if (known === undefined || known.all.some((one) => holds(one, machine, thread))) return;
      const registers = Array.from({ length: 11 }, (_, n) => unsigned(thread.getRegister(n)));
      found = { name: known.name, slot: known.slot, registers, states: known.all };
    };
    const interpreter = new Interpreter(machine);
    return {
      name: interpreter.name,
      run: (thread: Thread, budget: number) => interpreter.observe(thread, budget, { instruction }),
    };
  };
  runScenario(lab, scenariosOf(lab)[0]!, environment, { engine: watch, maxInsns: MOST_EXECUTED });
  return found;
}

function shown({ name, slot, registers, states }: Found): string {
  const words = registers.map((word, n) => `r${n} ${word}`).join('  ');
  const known = states.slice(0, 5).map(({ registers: all }) =>
    all
      .flatMap(({ kind, scalar: s }, n) => {
        if (kind !== 'scalar') return kind === 'none' ? [] : [`r${n} ${kind}`];
        return [
          `r${n} bits ${s.bits.value.unsigned}/${s.bits.mask.unsigned} [${s.umin}, ${s.umax}] [${s.smin}, ${s.smax}] low [${s.umin32}, ${s.umax32}]`,
        ];
      })
      .join('  '),
  );
  return [`before instruction ${slot} of ${name}: ${words}`, `of ${states.length} states:`, ...known].join(
    '\n',
  );
}

/** The states of a lab's programs, in the order of its bodies. */
function statesOfAll(bodies: Bodies, numbers: number): readonly (States['bySlot'] | undefined)[] {
  const lab = parsed(labOf(bodies, numbers));
  const { kernel } = bootScenario(lab, scenariosOf(lab)[0], environment, {});
  const [, ...all] = [...kernel.programs.values()].map((program) => {
    const request = requestOf(kernel, program);
    return 'why' in request ? undefined : statesOf(request);
  });
  return all;
}

function judge({ bodies: given, numbers }: Input): Outcome {
  const bodies = bootable(given, numbers);
  const states = statesOfAll(bodies, numbers);
  const loaded = bodies.filter((_, i) => states[i] !== undefined);
  if (loaded.length === 0) return { end: 'none walked' };
  const kept = states.flatMap((one) => one ?? []);
  const byName = new Map(kept.map((one, i) => [`p${i}`, one]));
  const found = watched(parsed(labOf(loaded, numbers)), byName);
  if (found === undefined) return { end: 'as known' };
  return {
    end: 'not as known',
    wrong: { kind: 'something happens that is not known', details: shown(found) },
  };
}

interface Input {
  readonly bodies: Bodies;
  /** Makes what the maps and the tracepoint's arguments hold. */
  readonly numbers: number;
}

export const knownStates = define<Input>({
  name: 'known-states',
  about:
    'labs of programs at the border of what Linux loads: before each instruction that the machine carries out, one of the states in which the verifier walked it holds',
  inTest: 2,
  reaches: ['as known'],
  make: (random) => ({ bodies: makeBodies(random), numbers: random.word() }),
  judge,
  shrink: async (input, fails) => ({
    ...input,
    bodies: await shrinkBodies(input.bodies, (bodies) => fails({ ...input, bodies })),
  }),
  show: ({ bodies, numbers }) => labOf(bodies, numbers),
});
