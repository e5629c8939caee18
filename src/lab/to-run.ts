import { helperByName } from '../isa/helpers.js';
import { kindInfo, type TestRun } from '../kernel/attach/kinds.js';
import { matches } from '../kernel/attach/pattern.js';
import type { Kernel, Program, Traceable } from '../kernel/kernel.js';
import { mapTypeInfo, mapTypeNames } from '../kernel/map/types.js';
import { KFUNCS } from '../verify/calls/kfuncs.js';
import type { ToRun } from './environment.js';

/** An action, in the language of scenarios, that makes a program run, and what is to be known of it. */
interface Start {
  readonly action: string;
  readonly where?: string;
}

/** System calls on maps, which call the operations of the same names. */
const CALLS_ON_MAPS = ['lookup', 'update', 'delete'] as const;

/** The system call that calls an operation of a map: of one of the lab where it has one of that type. */
function onMap({ maps }: Kernel, { name, isHook }: Traceable): Start | undefined {
  const all = [
    ...[...maps.values()].map(({ definition, info }) => ({ map: definition.name, info })),
    ...mapTypeNames().map((t) => ({ map: 'MAP', info: mapTypeInfo(t), where: `, MAP being of type ${t}` })),
  ];
  for (const { map, info, ...rest } of all) {
    const { perCpu, holdsMaps, family, operations } = info;
    // What has no elements of its own, or many, is read and written by other functions.
    const isPlain = !perCpu && !holdsMaps && /^(?:hash|array|trie|tasks)$/.test(family);
    const called = CALLS_ON_MAPS.find((word) => {
      if (!isPlain && (word !== 'delete' || family === 'ring' || family === 'perf')) return false;
      const own = word === 'lookup' ? operations.map_lookup_elem_sys_only : undefined;
      return isHook || name === (own ?? operations[`map_${word}_elem`]);
    });
    const element = `${map}[${family === 'tasks' ? 1000 : 0}]`;
    if (called) return { action: `${called} ${element}${called === 'update' ? ' = 1' : ''}`, ...rest };
  }
  return undefined;
}

/** Numbers that can be told apart. */
const call = (what: string, target: string, count: number): Start => ({
  action: `${what} ${target}(${Array.from({ length: count }, (_, i) => i + 1).join(', ')})`,
});

/** What functions are called that BPF_PROG_TEST_RUN calls. */
const TESTED: ReadonlyMap<TestRun | undefined, string> = new Map([
  ['bpf_prog_test_run_tracing', 'bpf_fentry_test'],
  ['bpf_prog_test_run_modify_return', 'bpf_modify_return_test'],
]);

/** Whether a function is not the kernel's, so that programs can call it and it is neither a helper nor a kernel function. */
const isOfLab = ({ symbols }: Kernel, name: string): boolean =>
  symbols.callees('public').has(name) && helperByName(name) === undefined && KFUNCS.get(name) === undefined;

/** Undefined where a task has no action for it. */
function startOf(kernel: Kernel, { name, attach }: Program): Start | undefined {
  const info = kindInfo(attach.kind);
  switch (info.site) {
    case 'trampoline':
    case 'probe': {
      const on = [...kernel.traceable.keys()].find((f) => matches(attach.on, f)) ?? attach.on;
      const traced = kernel.traceable.get(on);
      if (traced === undefined) {
        const program = kernel.programs.get(on);
        return program && startOf(kernel, program);
      }
      const [tested] = /^bpf_(?:fentry|modify_return)_test/.exec(on) ?? [];
      if (tested !== undefined && tested === TESTED.get(info.testRun)) return { action: `test_run ${name}` };
      const isOwn = isOfLab(kernel, on) || /^bpf_fentry_test(?![89])/.test(on);
      // While a system call is on maps, this other guard keeps programs off the CPU (bpf_disable_instrumentation).
      if (!isOwn && traced.nargs > 0)
        return info.guard === 'bpf_prog_active' ? undefined : onMap(kernel, traced);
      return call('call', on, traced.nargs);
    }
    case 'tracepoint':
      return call('fire', attach.on, kernel.tracepoints.get(attach.on) ?? 0);
    case 'none':
      return info.startedBy === 'perf' ? undefined : { action: `${info.startedBy} ${name}` };
    default:
      return info satisfies never;
  }
}

export const toRun: ToRun = (kernel, program, isOwn) => {
  const { name, attach } = program;
  const { site } = kindInfo(attach.kind);
  const quoted = (action: string): string => (isOwn ? `--do '${action}'` : `cpu 0 { ${action} }`);
  if (site !== 'none' && attach.on === '') {
    const [target, action] =
      site === 'tracepoint' ? ['TRACEPOINT', 'fire TRACEPOINT(1)'] : ['FUNCTION', 'call FUNCTION(1)'];
    const to = `${attach.kind}/${target}`;
    return isOwn
      ? `say what it is attached to, and what happens: \`--attach ${name}=${to} --do '${action}'\``
      : `say what it is attached to, and what happens: \`attach ${name} to ${to}\`, \`cpu 0 { ${action} }\``;
  }
  if (attach.kind === 'perf_event')
    return `an interrupt runs it: \`cpu 0 { call bpf_jiffies64() }\`, \`at bpf_jiffies64+0 nmi { perf ${name} }\``;
  const start = startOf(kernel, program);
  if (start === undefined)
    return `no action by itself makes \`${name}\` run: have a program do what calls \`${attach.on}\``;
  const { action, where = '' } = start;
  return `say what happens: \`${quoted(action)}\` makes \`${name}\` run${where}`;
};
