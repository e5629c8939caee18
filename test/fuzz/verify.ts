import { bootScenario } from '../../src/lab/boot.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import type { EngineFactory } from '../../src/machine/bare.js';
import { ENGINES } from '../../src/machine/engines.js';
import { type Fault, summarizeFault } from '../../src/machine/fault.js';
import { WasmEngine } from '../../src/machine/wasm/engine.js';
import { formatScenario } from '../../src/report/summary.js';
import type { LabAst } from '../../src/syntax/lab-ast.js';
import { InputError } from '../../src/text/diagnostic.js';
import { requestOf } from '../../src/verdict/requests.js';
import type { Verdict } from '../../src/verify/request.js';
import { verify as verifyProgram } from '../../src/verify/verify.js';
import { environment } from '../support/environment.js';
import { define } from './define.js';
import { boots, labPool } from './lab.js';
import { Random } from './random.js';
import { fewer, shorterText } from './shrink.js';
import type { Outcome } from './target.js';
import { LABS } from './text/corpus.js';
import { mutateWell } from './text/mutate.js';
import { MAPS, Maker } from './verified-program.js';

/** Programs of a lab: booting takes longer than verifying and running them. */
const PROGRAMS = 48;
export const MOST_EXECUTED = 1_000_000;

/** Times that the programs on the tracepoint run, each with other numbers. */
const FIRES = 60;

/** What test_run comes to, always with the same numbers, and a tracepoint with any: contexts of several kinds. */
const POINTS = [
  'fentry/bpf_fentry_test1',
  'fentry/bpf_fentry_test2',
  'fexit/bpf_fentry_test3',
  'kprobe/bpf_fentry_test4',
  'kretprobe/bpf_fentry_test5',
  'fsession/bpf_fentry_test6',
  ...Array<'raw_tp/numbers'>(4).fill('raw_tp/numbers'),
] as const;

/** As many as there may be: of a program that reads more, Linux refuses only to attach it (__bpf_probe_register, kernel/trace/bpf_trace.c). */
const ARGUMENTS = [...'abcdefghijkl'];

interface Attached {
  readonly on: string;
  readonly body: string;
}
export type Bodies = readonly Attached[];
interface Input {
  /** Those, or a lab. */
  readonly what: Bodies | string;
  /** Makes what the maps and the tracepoint's arguments hold. */
  readonly numbers: number;
  /** All is compiled, which takes longer than the rest together. */
  readonly eager: boolean;
}

export const makeBodies = (random: Random): Bodies =>
  Array.from({ length: PROGRAMS }, () => ({ on: random.of(POINTS), body: new Maker(random).make() }));

function make(random: Random): Input {
  const eager = random.chance(6);
  const numbers = random.word();
  if (random.chance(4))
    return { what: mutateWell(random.of(LABS).text, random, labPool, boots), numbers, eager };
  return { numbers, what: makeBodies(random), eager };
}

/** A number that programs say or one beside it, since what they do changes there; a small one; any. */
function numberNear(said: readonly string[], random: Random): bigint {
  if (said.length > 0 && random.chance(50)) return BigInt(random.of(said)) + BigInt(random.between(-1, 1));
  return BigInt(random.chance(60) ? random.between(0, 64) : random.value());
}

/** One program does nothing: it is what test_run is told of. */
export function labOf(bodies: Bodies, numbers: number): string {
  const random = new Random(numbers);
  const said = bodies.flatMap(({ body }) => body.match(/(?<!\w)-?\d+/g) ?? []);
  const number = (): bigint => numberNear(said, random);
  const updates = Array.from(
    { length: 4 },
    (_, i) => `update array[${i}] = ${number()}  update hash[${i}] = ${number()}`,
  );
  const fires = Array.from(
    { length: FIRES },
    () => `fire numbers(${ARGUMENTS.map(() => number()).join(', ')})`,
  );
  const trigger = 'program trigger : fentry/bpf_fentry_test1 {\n    r0 = 0\n    exit\n}\n';
  const programs = bodies.map(({ on, body }, i) => `program p${i} : ${on} {\n${body}\n}\n`);
  const all = [...updates, 'test_run trigger x 2', ...fires].map((line) => `        ${line}\n`).join('');
  return `${MAPS}\ntracepoint numbers(${ARGUMENTS.map((name) => `u64 ${name}`).join(', ')})\n${trigger}${programs.join('\n')}\nscenario {\n    cpu 0 {\n${all}    }\n}\n`;
}

export const parsed = (text: string): LabAst => parseOrThrow({ name: 'input.bpf', text });

/** The bodies that a kernel boots with: one that does not assemble, or cannot be attached, would keep the others from being tried. */
export function bootable(bodies: Bodies, numbers: number): Bodies {
  const text = labOf(bodies, numbers);
  try {
    const lab = parsed(text);
    bootScenario(lab, scenariosOf(lab)[0], environment, {});
    return bodies;
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    const starts = bodies.map((_, i) => text.indexOf(`program p${i} :`));
    const wrong = new Set(
      e.diagnostics.map(({ span }) => starts.findLastIndex((start) => start <= (span?.start ?? -1))),
    );
    const rest = bodies.filter((_, i) => !wrong.has(i));
    return rest.length === bodies.length ? [] : bootable(rest, numbers);
  }
}

/** What the verifier says of each program of a lab's scenario. Throws `InputError`. */
function verdicts(lab: LabAst, scenario = 0): readonly Verdict['kind'][] {
  const { kernel } = bootScenario(lab, scenariosOf(lab)[scenario], environment, {});
  return [...kernel.programs.values()].map((program) => {
    const request = requestOf(kernel, program);
    return 'why' in request ? 'not judged' : verifyProgram(request).kind;
  });
}

/** Faults of programs that Linux loads all the same, and why: all that an accepted program may do wrong. */
const OUT_OF_REACH: ReadonlyMap<Fault['kind'], string> = new Map([
  [
    'stack_overflow',
    'how deep calls of the kernel and of programs nest is not known when one of them is loaded',
  ],
]);

interface Ran {
  readonly end: string;
  /** The fault of a program that was accepted. */
  readonly wrong?: string;
  readonly shown: string;
}

function runOn(lab: LabAst, engine: EngineFactory, scenario?: number): Ran {
  const result = runScenario(lab, scenariosOf(lab)[scenario ?? 0]!, environment, {
    engine,
    maxInsns: MOST_EXECUTED,
  });
  const shown = formatScenario(result, { timeline: false });
  const { outcome } = result;
  if (outcome.kind !== 'fault') return { end: outcome.kind, shown };
  const { fault } = outcome;
  if (OUT_OF_REACH.has(fault.kind)) return { end: `fault out of reach: ${fault.kind}`, shown };
  const [at] = fault.backtrace;
  // Labs make the kernel's functions fault on purpose; there, what a program does itself is what the verifier answers for.
  if (scenario !== undefined && at?.kind !== 'program') return { end: 'fault elsewhere', shown };
  return { end: 'fault', wrong: `${fault.kind}: ${summarizeFault(fault)}\n${at?.text}`, shown };
}

/** Runs a scenario whose programs are all accepted on both engines; without its number the lab is one that was made here. */
function runBoth(lab: LabAst, eager: boolean, scenario?: number): Outcome {
  const reference = runOn(lab, ENGINES['interp']!, scenario);
  if (reference.wrong !== undefined) {
    const kind = `an accepted program faults: ${reference.wrong.split(':')[0]}`;
    return { end: 'fault', wrong: { kind, details: reference.wrong } };
  }
  const compiled = runOn(lab, (machine) => new WasmEngine(machine, { eager }), scenario);
  if (compiled.shown === reference.shown) return { end: reference.end };
  const details = `${reference.shown}\n---\n${compiled.shown}`;
  return { end: 'different', wrong: { kind: 'the engines differ', details } };
}

function judgeBodies(given: Bodies, numbers: number, eager: boolean): Outcome {
  const bodies = bootable(given, numbers);
  const [, ...kinds] = verdicts(parsed(labOf(bodies, numbers)));
  const loaded = bodies.filter((_, i) => kinds[i] === 'accepted');
  if (loaded.length === 0) return { end: 'all refused' };
  const { end, wrong } = runBoth(parsed(labOf(loaded, numbers)), eager);
  const share = loaded.length === given.length ? 'all' : 'some';
  return { end: `${share} accepted, ${end}`, ...(wrong && { wrong }) };
}

function judgeLab(text: string, eager: boolean): Outcome {
  const lab = parsed(text);
  let last = 'refused';
  for (const i of scenariosOf(lab).keys()) {
    if (verdicts(lab, i).some((kind) => kind !== 'accepted')) continue;
    const { end, wrong } = runBoth(lab, eager, i);
    last = end;
    if (wrong !== undefined) return { end, wrong };
  }
  return { end: `lab ${last}` };
}

function judge({ what, numbers, eager }: Input): Outcome {
  try {
    return typeof what === 'string' ? judgeLab(what, eager) : judgeBodies(what, numbers, eager);
  } catch (e) {
    if (e instanceof InputError) return { end: 'no lab' };
    throw e;
  }
}

/** Fewer programs, and fewer lines of each, that still are a lab. */
export async function shrinkBodies(
  bodies: Bodies,
  failing: (smaller: Bodies) => Promise<boolean>,
): Promise<Bodies> {
  const some = [...(await fewer(bodies, failing))];
  for (const [i, { on, body }] of some.entries()) {
    const lines = await fewer(body.split('\n'), (kept) =>
      failing(some.with(i, { on, body: kept.join('\n') })),
    );
    some[i] = { on, body: lines.join('\n') };
  }
  return some;
}

async function shrink(input: Input, fails: (smaller: Input) => Promise<boolean>): Promise<Input> {
  const { what } = input;
  const failing = (smaller: Input['what']): Promise<boolean> => fails({ ...input, what: smaller });
  if (typeof what === 'string') return { ...input, what: await shorterText(what, failing) };
  return { ...input, what: await shrinkBodies(what, failing) };
}

export const verify = define<Input>({
  name: 'verify',
  about: `labs of ${PROGRAMS} programs at the border of what Linux loads, and labs changed by token, line and block: what the verifier accepts does not fault, on either engine`,
  inTest: 3,
  reaches: ['some accepted, finished'],
  make,
  judge,
  shrink,
  show: ({ what, numbers, eager }) =>
    `${eager ? '// eager\n' : ''}${typeof what === 'string' ? what : labOf(what, numbers)}`,
});
