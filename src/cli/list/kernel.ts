import { helperByName } from '../../isa/helpers.js';
import {
  type AttachKind,
  isOn,
  KINDS,
  type KindInfo,
  kindInfo,
  probeWays,
  replaces,
  takesOffset,
} from '../../kernel/attach/kinds.js';
import { DEFAULT_MODEL, type KernelModel, MODELS } from '../../kernel/model.js';
import { bootScenario } from '../../lab/boot.js';
import { modelNamed } from '../../lab/environment.js';
import type { Row } from '../../report/table.js';
import { HELPERS } from '../../verify/calls/helpers.js';
import { KFUNCS } from '../../verify/calls/kfuncs.js';
import { type CallRow, type KindSet, kindsOf } from '../../verify/calls/row.js';
import type { CliContext } from '../context.js';
import { environmentOf } from '../environment.js';

export function kernels(): Row[] {
  return MODELS.map((m) => ({
    name: m.name,
    guard: m.guard,
    default: m.name === DEFAULT_MODEL ? 'yes' : '',
    what: m.summary,
    'not verified': m.unverified.join(', '),
  }));
}

/**
 * Kinds of programs by name: those of a set, or those that it lacks where that is shorter. What takes the place of a program may do
 * what that one may, and is in no set of its own.
 */
function namesOf(set: KindSet): string {
  const all = (Object.keys(KINDS) as AttachKind[]).filter((kind) => !replaces(kind));
  const kinds = kindsOf(set) ?? all;
  const others = all.filter((kind) => !kinds.includes(kind));
  if (others.length === 0) return 'all';
  return others.length < kinds.length ? `all but ${others.join(' ')}` : kinds.join(' ');
}

const callRow = ({ args, returns, flags, callers, since }: CallRow): Row => ({
  arguments: args.map(({ type, name }) => `${type} ${name}`).join(', '),
  returns,
  flags: [...flags].join(' '),
  since,
  kinds: callers
    .map((c) => `${namesOf(c.kinds)}${c.since === undefined ? '' : ` since ${c.since}`}`)
    .join(', '),
});

/** The helpers that are provided, by their numbers. */
export function helpers(): Row[] {
  return [...HELPERS.rows.values()]
    .map((row) => ({ id: helperByName(row.name)!.id, name: row.name, ...callRow(row) }))
    .sort((a, b) => a.id - b.id);
}

/** The kernel functions that programs can call by name. */
export function kfuncs(): Row[] {
  return [...KFUNCS.rows.values()].map((row) => ({ name: row.name, ...callRow(row) }));
}

/** What programs can attach to, as a machine without a lab has it. */
export function kernelLists(cx: CliContext): { functions: Row[]; tracepoints: Row[] } {
  const { kernel } = bootScenario({ declarations: [] }, undefined, environmentOf(cx), {});
  return {
    functions: [...kernel.traceable.values()].map((t) => ({ name: t.name, arguments: t.nargs })),
    tracepoints: [...kernel.tracepoints].map(([name, nargs]) => ({ name, arguments: nargs })),
  };
}

const SITES = {
  trampoline: 'a function, by its trampoline',
  probe: 'a function, by a probe',
  tracepoint: 'a tracepoint',
  none: 'nothing',
} as const;

/** What calls programs of a kind of probe, each way once; in the middle of a function that is a breakpoint. */
function waysOf(name: AttachKind, model: KernelModel): readonly string[] {
  const kind = kindInfo(name);
  if (kind.site !== 'probe') return [];
  const ways = probeWays(kind.layer, model);
  const middle = takesOffset(name) ? (['breakpoint'] as const) : [];
  return [...new Set([...kind.halves.map((half) => ways[half]), ...middle])];
}

/** What a kind of program is attached to and how it runs there, as one kernel has it; without the kinds that it does not have. */
export function kinds(kernel: string = DEFAULT_MODEL): Row[] {
  const model = modelNamed(kernel);
  const maySleep: Readonly<Record<KindInfo['sleepable'], (name: string) => string>> = {
    never: () => '',
    marked: (name) => `${name}.s`,
    always: () => 'yes',
  };
  const known = (Object.keys(KINDS) as AttachKind[]).filter((kind) => isOn(model, kind));
  return known.map((name) => {
    const kind = kindInfo(name);
    const ways = waysOf(name, model);
    return {
      name,
      'attached to': replaces(name) ? 'a program, in its place' : SITES[kind.site],
      'called by': ways.join(', '),
      'interrupts off': ways.includes('breakpoint') ? (ways.length === 1 ? 'yes' : 'at a breakpoint') : '',
      guard: kind.guard,
      'may sleep': maySleep[kind.sleepable](name),
      'test_run calls': kind.testRun ?? '',
    };
  });
}
