import { evaluateConstant } from '../isa/lower/context.js';
import { onlyOf } from '../kernel/attach/attach.js';
import { canBeStarted, kindsStartedBy, type Starter } from '../kernel/attach/kinds.js';
import { refuseMaxactive } from '../kernel/attach/maxactive.js';
import { refuseDetached } from '../kernel/attach/refusals.js';
import { refuseIterated } from '../kernel/boot/task-list.js';
import type { Kernel, Program } from '../kernel/kernel.js';
import { fireName } from '../kernel/names.js';
import { toAddress } from '../machine/memory.js';
import { TRAP_KINDS } from '../machine/trap.js';
import type { Expr } from '../syntax/ast.js';
import type {
  ActionAst,
  ElementAst,
  EventAst,
  ExpectAst,
  InterruptLevel,
  Name,
  PlaceAst,
  ScenarioAst,
  SourceAst,
} from '../syntax/lab-ast.js';
import { Findings } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';
import { plural } from '../text/numbers.js';
import { formatRange } from '../text/range.js';
import { linkOptions } from './attach-step.js';
import { type Call, CallArena } from './calls.js';
import { cpuNumber } from './cpu-number.js';
import { checkCondition } from './expect.js';
import { checkFits, wideBytes } from './map-numbers.js';
import { isOfRecords, updateBytes } from './map-values.js';
import { resolvePlace } from './place.js';
import {
  mergeUnnamed,
  type Plan,
  type PlannedAction,
  type PlannedEvent,
  type PlannedPlace,
  type PlannedSource,
  type PlannedStep,
  type PlannedTask,
} from './planned.js';
import { taskName } from './scenario.js';
import { writtenBy } from './variables.js';

/** What a task calls its own structure. */
const CURRENT = 'current';
/** Most repetitions of one action. */
const MOST_TIMES = 1_000_000;
/** Most arrivals of an interrupt that may come. */
const MOST_ARRIVALS = 15;

const PLACE_CODES = { unknown: 'B0407', outside: 'B0405', several: 'B0415' } as const;

class Planner {
  readonly kernel: Kernel;
  readonly findings: Findings;
  readonly arena: CallArena;
  readonly tasks: readonly string[];
  readonly #constants: ReadonlyMap<string, bigint>;
  /** What a name is as an argument: the address of a variable. */
  readonly #addresses: ReadonlyMap<string, bigint>;
  /** The same in what a task does, to which `current` is its own structure. */
  #inTask: ReadonlyMap<string, bigint>;

  constructor(kernel: Kernel, tasks: readonly string[], findings: Findings, arena?: CallArena) {
    this.kernel = kernel;
    this.findings = findings;
    this.tasks = tasks;
    this.arena = arena ?? new CallArena(kernel);
    // User space knows where its own variables are.
    this.#constants = new Map([...kernel.users.values()].map((u) => [u.name, u.address]));
    const globals = [...kernel.globals.values()].map((g) => [g.name, toAddress(g.at)] as const);
    const named = kernel.tasks.flatMap((t) =>
      tasks.includes(t.name) ? [[t.name, toAddress(t.at)] as const] : [],
    );
    this.#addresses = new Map([...named, ...globals, ...kernel.structs, ...this.#constants]);
    this.#inTask = this.#addresses;
  }

  number(expr: Expr): bigint | undefined {
    return evaluateConstant(expr, this.#constants, this.findings);
  }

  /** A number that must lie between two others; the lower one where it does not. */
  between(expr: Expr, least: number, most: number, what: string): number {
    const value = this.number(expr);
    if (value === undefined) return least;
    if (value >= BigInt(least) && value <= BigInt(most)) return Number(value);
    const expected = formatRange(least, most);
    this.findings.error('B0405', `${value} ${what}`, { span: expr.span, expected });
    return least;
  }

  #unknown(name: Name, what: string, names: Iterable<string>): undefined {
    this.findings.error('B0407', `there is no ${what} \`${name.name}\``, {
      span: name.span,
      help: didYouMean(name.name, names),
    });
    return undefined;
  }

  cpu(expr: Expr): number {
    const value = this.number(expr);
    return value === undefined ? 0 : (cpuNumber(this.kernel, value, expr.span, this.findings) ?? 0);
  }

  task(name: Name): string | undefined {
    return this.tasks.includes(name.name) ? name.name : this.#unknown(name, 'task', this.tasks);
  }

  #program(name: Name): Program | undefined {
    return this.kernel.programs.get(name.name) ?? this.#unknown(name, 'program', this.kernel.programs.keys());
  }

  #bytesOf(expr: Expr, size: number, what: string): bigint {
    const value = this.number(expr) ?? 0n;
    checkFits(value, size, what, expr.span, this.findings);
    return value;
  }

  /** A map operation: through the system call in a task, by the helper in an interrupt. */
  #element(
    operation: 'lookup' | 'update' | 'delete',
    element: ElementAst,
    value: Expr | undefined,
    bySyscall: boolean,
  ): Call | undefined {
    const { kernel } = this;
    const map = kernel.maps.get(element.map.name);
    if (map === undefined) return this.#unknown(element.map, 'map', kernel.maps.keys());
    const { name, keySize } = map.definition;
    if (this.findings.doubts(name)) return undefined;
    if (isOfRecords(map, element, this.findings)) return undefined;
    const key = wideBytes(this.#bytesOf(element.key, keySize, `a key of ${name}`), keySize);
    if (value === undefined) return this.arena.mapOperation(operation, map, key, undefined, bySyscall);
    const bytes = updateBytes(kernel, map, value, bySyscall, {
      number: (e) => this.number(e),
      findings: this.findings,
    });
    return bytes && this.arena.mapOperation(operation, map, key, bytes, bySyscall);
  }

  /** How many arguments a call has to give; where nobody knows, or it fills a record, what it gives, up to what there is. */
  #count(
    what: 'function' | 'tracepoint',
    { name, args }: { readonly name: Name; readonly args: readonly Expr[] },
    nargs: number,
  ): number {
    return this.kernel.mayLackArguments(what, name.name) ? Math.min(args.length, nargs) : nargs;
  }

  #call(name: Name, fn: number, nargs: number, args: readonly Expr[]): Call {
    if (args.length !== nargs) {
      const message = `\`${name.name}\` takes ${plural(nargs, 'argument')}, not ${args.length}`;
      this.findings.error('B0405', message, { span: name.span });
    }
    const numbers = args.map((a, i) => {
      const value = evaluateConstant(a, this.#inTask, this.findings) ?? 0n;
      checkFits(value, 8, `argument ${i + 1} of \`${name.name}\``, a.span, this.findings);
      return value;
    });
    return this.arena.call(fn, numbers);
  }

  /** A program that runs by itself: by test_run, as a sampling interrupt, as an iterator. */
  #run(kind: Starter, name: Name): Call | undefined {
    const program = this.#program(name);
    if (program === undefined) return undefined;
    const { attach } = program;
    const wanted = kind === 'perf' ? 'perf_event' : kind;
    if (!canBeStarted(attach.kind, kind)) {
      const what = kind === 'test_run' ? 'which cannot be run by test_run' : `not ${wanted}`;
      const message = `\`${program.name}\` is of kind ${attach.kind}, ${what}`;
      const expected = kindsStartedBy(kind).join(', ');
      this.findings.error('B0405', message, { span: name.span, expected: `a program of kind ${expected}` });
      return undefined;
    }
    const notIterated = refuseIterated(program, name.span);
    if (notIterated !== undefined) {
      this.findings.add(notIterated);
      return undefined;
    }
    switch (kind) {
      case 'test_run':
        return this.arena.testRun(program);
      case 'perf':
        return this.arena.overflow(program);
      case 'iter':
        return this.arena.iterate(program);
      default:
        return kind satisfies never;
    }
  }

  /** What an action calls; undefined where it calls nothing or is wrong. */
  call(ast: ActionAst, inTask: boolean): Call | undefined {
    const { kernel } = this;
    switch (ast.kind) {
      case 'delete':
      case 'lookup':
        return this.#element(ast.kind, ast.element, undefined, inTask);
      case 'update':
        return this.#element(ast.kind, ast.element, ast.value, inTask);
      case 'call': {
        const traced = kernel.traceable.get(ast.name.name);
        if (traced === undefined) return this.#unknown(ast.name, 'function', kernel.traceable.keys());
        return this.#call(ast.name, traced.fn, this.#count('function', ast, traced.nargs), ast.args);
      }
      case 'fire': {
        const nargs = kernel.tracepoints.get(ast.name.name);
        if (nargs === undefined) return this.#unknown(ast.name, 'tracepoint', kernel.tracepoints.keys());
        const fire = kernel.symbols.functionIndex(fireName(ast.name.name));
        return this.#call(ast.name, fire, this.#count('tracepoint', ast, nargs), ast.args);
      }
      case 'test_run':
      case 'perf':
      case 'iter':
        return this.#run(ast.kind, ast.name);
      default:
        return undefined;
    }
  }

  #action(ast: ActionAst, self: string): PlannedAction | undefined {
    switch (ast.kind) {
      case 'attach': {
        const program = this.#program(ast.name);
        const options = linkOptions(ast, (e) => this.number(e), this.findings);
        const refused = program && (refuseDetached(program) ?? refuseMaxactive(program, options));
        if (refused !== undefined) this.findings.add({ ...refused.diagnostic, span: ast.name.span });
        const only = onlyOf(this.kernel, ast.to);
        return program && { kind: 'attach', program, ...options, ...(only !== undefined && { only }) };
      }
      case 'detach': {
        const program = this.#program(ast.name);
        return program && { kind: 'detach', program };
      }
      case 'provide': {
        const user = this.kernel.users.get(ast.name.name);
        if (user === undefined) return this.#unknown(ast.name, 'user variable', this.kernel.users.keys());
        return { kind: 'provide', page: user.at };
      }
      case 'join': {
        const task = this.task(ast.name);
        if (task === self) {
          const help = 'name another task, or leave it out: a task does one thing after the other anyway';
          const what = `task \`${self}\` would wait for itself for ever`;
          this.findings.error('B0405', what, { span: ast.span, help });
        }
        return task === undefined ? undefined : { kind: 'join', task };
      }
      case 'sleep':
        return { kind: 'sleep', ns: this.between(ast.time, 0, Number.MAX_SAFE_INTEGER, 'nanoseconds') };
      case 'set':
        return this.#set(ast);
      case 'migrate':
        return { kind: 'migrate', cpu: this.cpu(ast.cpu) };
      default: {
        const call = this.call(ast, true);
        return call && { kind: 'call', call };
      }
    }
  }

  #set(ast: ActionAst & { kind: 'set' }): PlannedAction | undefined {
    const written = writtenBy(this.kernel, ast, (expr) => this.number(expr), this.findings);
    if (written?.global.isFrozen === true) {
      const what = `\`${written.global.name}\` is a constant, which is frozen when the object is loaded`;
      const help = 'set it before the tasks, among the settings of the scenario, or with `--set`';
      this.findings.error('B0405', what, { span: ast.name.span, help });
    }
    return written && { kind: 'set', ...written };
  }

  /** One thing that a task does. */
  step(ast: ActionAst, self: string): PlannedStep | undefined {
    const task = this.kernel.tasks.find((t) => t.name === self);
    this.#inTask = new Map([...(task ? [[CURRENT, toAddress(task.at)] as const] : []), ...this.#addresses]);
    const action = this.#action(ast, self);
    this.#inTask = this.#addresses;
    const times = ast.times === undefined ? 1 : this.between(ast.times, 0, MOST_TIMES, 'repetitions');
    const { source, start, end } = ast.span;
    return action === undefined
      ? undefined
      : { action, text: source.text.slice(start, end), times, span: ast.span };
  }

  #place(ast: PlaceAst): PlannedPlace | undefined {
    const place = resolvePlace(this.kernel, ast, (expr) => this.number(expr));
    if (!('kind' in place)) return place;
    const { kind, message, ...details } = place;
    this.findings.error(PLACE_CODES[kind], message, details);
    return undefined;
  }

  event(ast: EventAst): PlannedEvent | undefined {
    const moment = this.#moment(ast);
    const effect = this.effect(ast);
    const cpu = ast.cpu === undefined ? undefined : this.cpu(ast.cpu);
    const task = ast.task === undefined ? undefined : this.task(ast.task);
    if (moment === undefined || effect === undefined) return undefined;
    const { source, start, end } = ast.span;
    return { text: source.text.slice(start, end).trim(), span: ast.span, moment, cpu, task, effect };
  }

  source(ast: SourceAst): PlannedSource | undefined {
    const { level, actions, span } = ast;
    const effect = this.effect({ effect: { kind: 'interrupt', level, actions } });
    const times = ast.times === undefined ? 1 : this.between(ast.times, 1, MOST_ARRIVALS, 'arrivals');
    const cpu = ast.cpu === undefined ? undefined : this.cpu(ast.cpu);
    if (effect?.kind !== 'interrupt') return undefined;
    const text = span.source.text.slice(span.start, span.end).trim();
    return { text, level, cpu, times, actions: effect.actions, count: effect.count };
  }

  #moment({ moment }: EventAst): PlannedEvent['moment'] | undefined {
    if (moment.kind === 'period')
      return { kind: 'period', insns: this.between(moment.insns, 1, 1e12, 'instructions') };
    const place = this.#place(moment.place);
    const nth = moment.nth === undefined ? 1 : this.between(moment.nth, 1, 1e12, 'is not a count');
    return place && { kind: 'place', place, nth, isEvery: moment.isEvery };
  }

  effect({ effect }: Pick<EventAst, 'effect'>): PlannedEvent['effect'] | undefined {
    if (effect.kind !== 'interrupt') {
      const task = this.task(effect.name);
      return task === undefined ? undefined : { kind: effect.kind, task };
    }
    const calls = effect.actions.flatMap((a) => {
      if (!CALLS.includes(a.kind)) {
        const message = `an interrupt cannot \`${a.kind}\``;
        this.findings.error('B0405', message, { span: a.span, expected: CALLS.join(', ') });
        return [];
      }
      const call = this.call(a, false);
      const times = a.times === undefined ? 1 : this.between(a.times, 0, 64, 'repetitions in an interrupt');
      return call === undefined ? [] : Array.from({ length: times }, () => call);
    });
    const { level } = effect;
    if (level !== 'softirq')
      return { kind: 'interrupt', level, actions: this.arena.list(calls), count: calls.length };
    // What raises a softirq is an interrupt's handler; who serves it, and when, is the kernel's business.
    const tasklets = this.arena.tasklets(calls);
    const raise = this.arena.named('tasklet_schedule', [toAddress(tasklets)]);
    return { kind: 'interrupt', level, actions: this.arena.list([raise]), count: 1, tasklets };
  }

  expect(ast: ExpectAst): void {
    if (ast.kind === 'condition') checkCondition(this.kernel, ast.condition, this.findings);
    else if (!(TRAP_KINDS as readonly string[]).includes(ast.fault.name)) {
      this.findings.error('B0405', `there is no kind of fault \`${ast.fault.name}\``, {
        span: ast.fault.span,
        expected: TRAP_KINDS.join(', '),
        help: didYouMean(ast.fault.name, TRAP_KINDS),
      });
    }
  }
}

/** What an interrupt can do: call something. */
const CALLS: readonly string[] = ['delete', 'update', 'lookup', 'call', 'fire', 'perf'];

/** Checks what a scenario does and expects against a booted machine, and prepares it. */
export function planScenario(kernel: Kernel, scenario: ScenarioAst, findings: Findings): Plan {
  const numbered = scenario.tasks.map((t) => ({
    ast: t,
    cpu: evaluateConstant(t.cpu, new Map(), new Findings()) ?? 0n,
  }));
  const names = numbered.map(({ ast, cpu }) => taskName(ast.name, Number(cpu)));
  const planner = new Planner(kernel, names, findings);
  for (const e of scenario.expects) planner.expect(e);
  const tasks = numbered.map(
    ({ ast }, i): PlannedTask => ({
      name: names[i]!,
      cpu: planner.cpu(ast.cpu),
      steps: ast.actions.map((a) => planner.step(a, names[i]!)).filter((s) => s !== undefined),
    }),
  );
  const events = scenario.events.map((e) => planner.event(e)).filter((e) => e !== undefined);
  const sources = scenario.sources.map((s) => planner.source(s)).filter((s) => s !== undefined);
  return { tasks: mergeUnnamed(tasks), events, sources, arenaUsed: planner.arena.used };
}

/** Prepares an interrupt that nobody planned, laid out in a part of the arena that nothing else uses. */
export function planInterrupt(
  kernel: Kernel,
  level: InterruptLevel,
  actions: readonly ActionAst[],
  arena: CallArena,
  findings: Findings,
): PlannedEvent['effect'] | undefined {
  return new Planner(kernel, [], findings, arena).effect({
    effect: { kind: 'interrupt', level, actions },
  });
}
