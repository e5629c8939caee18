import { evaluateConstant } from '../isa/lower/context.js';
import type { AttachOrder } from '../kernel/attach/attach.js';
import { takesSeveral } from '../kernel/attach/kinds.js';
import { parseAttachPoint } from '../kernel/attach/point.js';
import { type BootSpec, bootAsFarAsPossible } from '../kernel/boot/boot.js';
import { declareTypes } from '../kernel/boot/lab-types.js';
import type { MissingOptions } from '../kernel/boot/missing.js';
import type { ObjectUnit } from '../kernel/boot/objects.js';
import type { OtherPoints } from '../kernel/boot/programs.js';
import { typesOf } from '../kernel/boot/types.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MapSize } from '../kernel/map/from-object.js';
import { ARCH_NAMES, DEFAULT_MODEL, type KernelModel, MODELS, MOST_CPUS } from '../kernel/model.js';
import type { EngineFactory } from '../machine/bare.js';
import { builtFor } from '../object/built-for.js';
import type { Expr } from '../syntax/ast.js';
import type {
  AttachAst,
  GuardAst,
  LabAst,
  Name,
  ScenarioAst,
  SetAst,
  SettingAst,
} from '../syntax/lab-ast.js';
import { Findings } from '../text/findings.js';
import { formatRange } from '../text/range.js';
import type { Span } from '../text/source.js';
import { linkOptions } from './attach-step.js';
import { CPUS } from './doubt.js';
import { type Environment, guardsOf, modelNamed, unitsFor } from './environment.js';
import { type Asked, askLinux, isSilent } from './judge.js';
import type { RunLimits } from './limits.js';
import { checkProperties } from './properties.js';
import { countActions, countHandlers, taskName } from './scenario.js';
import { setVariables } from './variables.js';

/** What the command line says over what the scenario says. */
export interface BootOptions {
  readonly guard?: GuardAst;
  /** Name of a shipped guard, of one the lab declares, or of one of `guardFiles`. */
  readonly guardName?: string;
  /** All guards of files that were given with it: they decide about each other's names, and the lab may name them. */
  readonly guardFiles?: readonly GuardAst[];
  readonly model?: KernelModel;
  /** Overrides `stats on` and `stats off`. */
  readonly stats?: boolean;
  readonly strictAlignment?: boolean;
  /** What runs code that is neither stepped nor observed; the interpreter if absent. */
  readonly engine?: EngineFactory;
  /** Programs to attach, in this order, instead of what the scenario says. */
  readonly attach?: readonly AttachOrder[];
  /** Object files to load besides those the lab names. */
  readonly objects?: readonly ObjectUnit[];
  /** Functions and tracepoints to make because programs are attached to them. */
  readonly missing?: MissingOptions;
  /** Whether types that the emulated kernel does not have are missing, in place of being taken as objects have them. */
  readonly strictTypes?: boolean;
  /** Sizes of maps of objects, over what the lab says. */
  readonly sizes?: readonly MapSize[];
  /** Values of variables before anything is loaded, over what the scenario says. */
  readonly variables?: readonly SetAst[];
  readonly limits?: RunLimits;
  /** Who says whether Linux would load the programs. */
  readonly judge?: Asked;
  /** Actions, and interrupts, to keep memory for besides the scenario's. */
  readonly spareActions?: number;
}

/** A booted scenario, ready to run or to be looked at. */
export interface Booted {
  readonly kernel: Kernel;
  readonly model: KernelModel;
  /** The object whose registers the model has been chosen for, where nobody has said one. */
  readonly modelBecause: string | undefined;
  readonly stats: boolean;
  readonly guard: GuardAst;
  /** Guards that the lab can name. */
  readonly guardNames: readonly string[];
}

type Settings = { readonly [K in SettingAst['kind']]?: SettingAst & { readonly kind: K } };

function settingsOf(scenario: ScenarioAst, findings: Findings): Settings {
  const found: Record<string, SettingAst> = {};
  for (const s of scenario.settings) {
    if (s.kind === 'set') continue;
    if (found[s.kind] !== undefined)
      findings.error('B0405', `\`${s.kind}\` is given twice`, {
        span: s.span,
        help: 'leave one of them out',
      });
    found[s.kind] = s;
  }
  return found as Settings;
}

const MOST_NS = 1_000_000;

/** Undefined where something is wrong with it; 1 where nothing is said. */
function setting(expr: Expr | undefined, most: number, what: string, findings: Findings): number | undefined {
  if (expr === undefined) return 1;
  const value = evaluateConstant(expr, new Map(), findings);
  if (value === undefined) return undefined;
  if (value >= 1n && value <= BigInt(most)) return Number(value);
  findings.error('B0405', `${value} ${what}`, { span: expr.span, expected: formatRange(1, most) });
  return undefined;
}

/** The tasks a scenario has, each once, and one on CPU 0 if there is none. */
function tasksOf(scenario: ScenarioAst | undefined, cpus: number, findings: Findings) {
  const tasks = new Map<string, number>();
  for (const t of scenario?.tasks ?? []) {
    const cpu = Number(evaluateConstant(t.cpu, new Map(), new Findings()) ?? -1);
    const name = taskName(t.name, cpu);
    if (t.name !== undefined && tasks.has(name))
      findings.error('B0402', `there are two tasks \`${name}\``, {
        span: t.name.span,
        help: 'give one of them another name',
      });
    if (cpu >= 0 && cpu < cpus) tasks.set(name, cpu);
  }
  if (tasks.size === 0) tasks.set('task 0', 0);
  return [...tasks].map(([name, cpu]) => ({ name, cpu }));
}

function attachOrder(settings: Settings, findings: Findings): readonly AttachOrder[] | undefined {
  const number = (expr: Expr): bigint | undefined => evaluateConstant(expr, new Map(), findings);
  return settings.attach?.programs.map((ast) => ({
    name: ast.name,
    ...(ast.to && { to: ast.to }),
    ...linkOptions(ast, number, findings),
  }));
}

/**
 * What is attached, in order: what the command line lists, in the place of what the scenario does. Where it only says what
 * programs are attached to, that is besides what is attached anyway.
 */
function attachedFor(
  given: readonly AttachOrder[] | undefined,
  listed: readonly AttachOrder[] | undefined,
): Pick<BootSpec, 'attach' | 'attachToo'> {
  const isListed = ({ name }: AttachOrder): boolean =>
    listed?.some((other) => other.name.name === name.name) === true;
  const isWhere = given?.every((order) => order.to !== undefined) === true;
  const attach = isWhere ? listed : (given ?? listed);
  return {
    ...(attach && { attach }),
    ...(isWhere && { attachToo: given?.filter((order) => !isListed(order)) ?? [] }),
  };
}

/** Whether a program can be attached to both: to several functions by probes, or to several tracepoints, of one kind. */
function canBeBoth(one: Name, other: Name): boolean {
  const [a, b] = [one, other].map((name) => parseAttachPoint(name, new Findings()));
  return a === undefined || b === undefined || (a.kind === b.kind && takesSeveral(a.kind));
}

/** Functions that a scenario calls. */
const calledBy = (scenario: ScenarioAst | undefined): string[] =>
  (scenario?.tasks ?? []).flatMap((t) => t.actions.flatMap((a) => (a.kind === 'call' ? [a.name.name] : [])));

/** What a lab's scenarios, or this run's caller, say that programs are attached to. */
function otherPoints(
  lab: LabAst,
  scenario: ScenarioAst | undefined,
  order: readonly AttachOrder[] | undefined,
  findings: Findings,
): OtherPoints {
  const orders = (s: ScenarioAst): AttachAst[] => [
    ...s.settings.flatMap((x) => (x.kind === 'attach' ? x.programs : [])),
    ...s.tasks.flatMap((t) => t.actions.flatMap((a) => (a.kind === 'attach' ? [a] : []))),
  ];
  const now = new Map<string, Name[]>();
  const add = (program: string, to: Name): void => {
    const before = now.get(program) ?? [];
    if (before.some((name) => name.name === to.name)) return;
    now.set(program, [...before, to]);
    const [first] = before;
    if (first === undefined || canBeBoth(first, to)) return;
    findings.error('B0405', `\`${program}\` is attached to ${first.name} already`, {
      span: to.span,
      help: 'a program of this kind is attached to one thing: write another scenario, or another program',
    });
  };
  for (const { name, to } of order ?? []) if (to !== undefined) add(name.name, to);
  const given = new Set(now.keys());
  for (const { name, to } of scenario === undefined ? [] : orders(scenario))
    if (to !== undefined && !given.has(name.name)) add(name.name, to);
  const everywhere = lab.declarations.flatMap((d) => (d.kind === 'scenario' ? orders(d) : []));
  const ever = [...now.keys(), ...everywhere.flatMap((a) => (a.to === undefined ? [] : [a.name.name]))];
  return { now, ever: new Set(ever) };
}

/** What tells which model a run is for besides what it is told. */
interface ModelHints {
  readonly guard: GuardAst | undefined;
  readonly objects: readonly {
    readonly name: string;
    readonly bytes?: Uint8Array | undefined;
    readonly span: Span | undefined;
  }[];
  readonly findings: Findings;
}

/**
 * The model: what the caller or the scenario says, else what the guard is meant for, else the default; of the architecture by whose
 * registers an object was compiled where nobody says one, and refused where somebody says another.
 */
function modelFor(
  settings: Settings,
  options: BootOptions,
  { guard, objects, findings }: ModelHints,
): { readonly model: KernelModel; readonly because: string | undefined } {
  const named: Name | undefined = settings.kernel?.name ?? guard?.model;
  const found = findings.attempt(() => modelNamed(named?.name ?? DEFAULT_MODEL, named?.span));
  let model = options.model ?? found ?? modelNamed(DEFAULT_MODEL);
  let isSaid = options.model !== undefined || settings.kernel !== undefined;
  let because: string | undefined;
  for (const { name, bytes, span } of objects) {
    const arch = bytes && builtFor(bytes);
    if (arch === undefined || arch === model.arch) {
      isSaid ||= arch !== undefined;
      continue;
    }
    const other = MODELS.find((m) => m.arch === arch && m.release === model.release)!;
    if (isSaid) {
      findings.error('B0610', `${name} was compiled for ${ARCH_NAMES[arch]}, and ${model.name} is not that`, {
        span,
        help: `\`--kernel ${other.name}\`, or \`kernel ${other.name}\` in a scenario`,
      });
      continue;
    }
    model = other;
    because = name;
    isSaid = true;
  }
  return { model, because };
}

/** What guards name beside their code, of those that are not in use, too. */
function checkGuards(guards: readonly GuardAst[], findings: Findings): void {
  for (const { model, without } of guards) {
    if (model !== undefined) findings.attempt(() => modelNamed(model.name, model.span));
    checkProperties(without, findings);
  }
}

/** The guard that is named or given, a file's under the name by which it is known beside the lab and the other files. */
function chosenGuard(
  name: string | undefined,
  at: Span | undefined,
  lab: LabAst,
  env: Environment,
  { guard, guardFiles = [] }: BootOptions,
): GuardAst | undefined {
  if (guard === undefined) return name === undefined ? undefined : env.guard(name, lab, at, guardFiles);
  if (guard.file === undefined) return guard;
  const others = guardFiles.filter((f) => f.file?.path !== guard.file?.path);
  return env.nameGuards(lab, [guard, ...others])[0];
}

/** Boots the machine a scenario asks for. Throws `InputError`. */
export function bootScenario(
  lab: LabAst,
  scenario: ScenarioAst | undefined,
  env: Environment,
  options: BootOptions,
): Booted {
  const findings = new Findings();
  const booted = bootForChecks(lab, scenario, env, options, findings);
  findings.orThrow();
  return booted;
}

/** The same where something may be wrong: with placeholders for that, so that all of the lab can be looked at. */
export function bootForChecks(
  lab: LabAst,
  scenario: ScenarioAst | undefined,
  env: Environment,
  options: BootOptions,
  findings: Findings,
): Booted {
  const { unread = [] } = scenario ?? {};
  findings.doubt(...unread);
  const settings = scenario === undefined ? {} : settingsOf(scenario, findings);
  const count = setting(settings.cpus?.count, MOST_CPUS, 'CPUs', findings);
  const cpus = count ?? 1;
  if (count === undefined || unread.includes('cpus')) findings.doubt(CPUS);
  const nsPerInsn = setting(settings.clock?.ns, MOST_NS, 'nanoseconds an instruction', findings) ?? 1;
  const guardName = options.guardName ?? settings.guard?.name.name;
  const at = options.guardName === undefined ? settings.guard?.name.span : undefined;
  const chosen = findings.attempt(() => chosenGuard(guardName, at, lab, env, options));
  const files = env.objectFilesOf(lab, findings);
  const { model, because } = modelFor(settings, options, {
    guard: chosen,
    findings,
    objects: [
      ...files,
      ...(options.objects ?? []).map(({ object, bytes }) => ({ name: object.name, bytes, span: undefined })),
    ],
  });
  // Another one may have been asked for; what the scenario says is read all the same.
  const { kernel: said } = settings;
  if (said !== undefined) findings.attempt(() => modelNamed(said.name.name, said.name.span));
  const guard = chosen ?? env.guard(model.guard, lab);
  checkGuards(guard.file === undefined ? guardsOf(lab) : [...guardsOf(lab), guard], findings);
  const stats = options.stats ?? settings.stats?.on ?? true;
  const attached = attachedFor(options.attach, attachOrder(settings, findings));
  const tasks = tasksOf(scenario, cpus, findings);
  const types = typesOf(model, options.strictTypes);
  declareTypes(lab, types, findings);
  const objects = [...env.unitsOf(files, types, findings), ...unitsFor(options.objects ?? [], types)];
  const spec = {
    model,
    cpus,
    guard,
    kernel: env.kernelFor(model),
    lab,
    objects,
    types,
    stats,
    tasks,
    // One more than the scenario has, for whoever looks at the machine by hand.
    actions: (scenario === undefined ? 0 : countActions(scenario)) + 1 + (options.spareActions ?? 0),
    handlers: (scenario === undefined ? 0 : countHandlers(scenario)) + (options.spareActions ?? 0),
    nsPerInsn,
    ...(options.limits?.maxBytes !== undefined && { maxBytes: options.limits.maxBytes }),
    ...attached,
    ...(options.missing !== undefined && { missing: { ...options.missing, called: calledBy(scenario) } }),
    points: otherPoints(lab, scenario, options.attach, findings),
    ...(options.sizes !== undefined && { sizes: options.sizes }),
    ...(options.engine !== undefined && { engine: options.engine }),
    strictAlignment: options.strictAlignment === true || settings.strict_alignment !== undefined,
    isSilent: isSilent(settings.verify, options.judge),
  };
  const kernel = bootAsFarAsPossible(spec, findings);
  const variables = (scenario?.settings ?? []).filter((s) => s.kind === 'set');
  setVariables(kernel, [...variables, ...(options.variables ?? [])], findings);
  if (findings.errors === 0) askLinux(kernel, scenario, settings.verify, options.judge, findings);
  if (findings.errors === 0 && env.advice !== undefined) {
    const doubts = env.advice.doubts({ kernel, stats, lab, scenario, ...attached });
    findings.addAll(doubts);
    kernel.warnings.push(...doubts);
  }
  const given = env.nameGuards(lab, options.guardFiles ?? []).map((g) => g.name.name);
  const guardNames = [...env.guardNamesFor(lab), ...given];
  return { kernel, model, modelBecause: because, stats, guard, guardNames };
}
