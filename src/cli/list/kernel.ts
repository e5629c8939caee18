import { helperById } from '../../isa/helpers.js';
import { type AttachKind, KINDS, type KindInfo, kindInfo } from '../../kernel/attach/kinds.js';
import { DEFAULT_MODEL, MODELS } from '../../kernel/model.js';
import { bootScenario } from '../../lab/boot.js';
import type { Row } from '../../report/table.js';
import type { CliContext } from '../context.js';
import { environmentOf } from '../environment.js';

export function kernels(): Row[] {
  return MODELS.map((m) => ({
    name: m.name,
    guard: m.guard,
    default: m.name === DEFAULT_MODEL ? 'yes' : '',
    what: m.summary,
  }));
}

/** What programs can call and attach to, as a machine without a lab has it. */
export function kernelLists(cx: CliContext): { helpers: Row[]; functions: Row[]; tracepoints: Row[] } {
  const { kernel } = bootScenario({ declarations: [] }, undefined, environmentOf(cx), {});
  const provided = kernel.symbols.callees('public');
  const helpers: Row[] = [];
  for (let id = 1; helperById(id) !== undefined; id += 1) {
    const name = helperById(id)?.name ?? '';
    if (provided.has(name)) helpers.push({ id, name });
  }
  return {
    helpers,
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

export function kinds(): Row[] {
  const maySleep: Readonly<Record<KindInfo['sleepable'], (name: string) => string>> = {
    never: () => '',
    marked: (name) => `${name}.s`,
    always: () => 'yes',
  };
  return (Object.keys(KINDS) as AttachKind[]).map((name) => {
    const kind = kindInfo(name);
    return {
      name,
      'attached to': SITES[kind.site],
      guard: kind.guard,
      'may sleep': maySleep[kind.sleepable](name),
      'test_run calls': kind.testRun ?? '',
    };
  });
}
