import type { LabEvent } from '../lab/events.js';
import type { ScenarioResult } from '../lab/run.js';
import { type Fault, type FrameLine, summarizeFault } from '../machine/fault.js';
import { formatActive } from './active.js';
import { type Missed, missesOf } from './misses.js';
import { diagnosticToJson, placeToJson } from './refusal.js';
import { STOPS } from './summary.js';

/** A 64-bit number: a JSON number where that is exact, else a string of decimal digits. */
function big(n: bigint): number | string {
  return n >= BigInt(Number.MIN_SAFE_INTEGER) && n <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(n)
    : n.toString();
}

function frame(f: FrameLine): object {
  return { function: f.function, kind: f.kind, slot: f.slot, text: f.text, place: placeToJson(f.span) };
}

function faultToJson(fault: Fault): object {
  return {
    kind: fault.kind,
    summary: summarizeFault(fault),
    address: `0x${fault.address.toString(16)}`,
    size: fault.size,
    access: fault.access,
    cpu: fault.cpu,
    thread: fault.thread,
    executed: fault.executed,
    backtrace: fault.backtrace.map(frame),
  };
}

function eventToJson(e: LabEvent): object {
  const entries = Object.entries(e).map(([k, v]): [string, unknown] => [
    k.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
    v instanceof Uint8Array ? formatActive(v) : typeof v === 'bigint' ? big(BigInt.asIntN(64, v)) : v,
  ]);
  return Object.fromEntries(entries);
}

const missesToJson = ({ paths, ...missed }: Missed): object => ({
  ...missed,
  paths: paths.map(({ from, ...path }) => ({ ...path, from: from ?? null })),
});

/** One scenario's result. Names are the kernel's where it has any. */
export function scenarioToJson(result: ScenarioResult): object {
  const { outcome } = result;
  return {
    title: result.title,
    guard: { name: result.guard, ...result.guardArea },
    kernel: result.kernel,
    kernel_because: result.kernelBecause,
    cpus: result.cpus,
    stats: result.stats,
    passed: result.passed,
    outcome:
      outcome.kind === 'fault'
        ? { kind: 'fault', fault: faultToJson(outcome.fault) }
        : outcome.kind === 'finished'
          ? { kind: 'finished' }
          : {
              kind: outcome.kind,
              code: STOPS[outcome.kind].code,
              executed: outcome.executed,
              where: outcome.where.map(frame),
              unfinished: outcome.unfinished.map(({ task, text, span }) => ({
                task,
                text,
                place: placeToJson(span),
              })),
              waits: outcome.waits.map(({ waiter, lock, holder, isForEver }) => ({
                waiter,
                lock,
                for_ever: isForEver,
                holder: holder === undefined ? null : { name: holder.name, where: holder.where.map(frame) },
              })),
            },
    programs: result.programs.map((p) => ({
      id: p.id,
      name: p.name,
      attach: { kind: p.attach.kind, target: p.attach.target, sleepable: p.attach.sleepable },
      run_cnt: big(p.runCnt),
      run_time_ns: big(p.runTimeNs),
      recursion_misses: big(p.recursionMisses),
      link_missed: big(p.linkMissed),
    })),
    misses: missesOf(result.events).map(missesToJson),
    actions: result.actions.map((a) => ({
      text: a.text,
      task: a.task,
      cpu: a.cpu,
      results: a.results.map(big),
    })),
    expects: result.expects.map((e) => ({
      text: e.text,
      passed: e.passed,
      found: e.found,
      place: placeToJson(e.span),
    })),
    made: result.undeclared.map(({ kind, name, params }) => ({
      kind,
      name,
      params: params?.map((p) => p.name),
    })),
    types: { taken: result.brought.taken, zero: result.brought.appended },
    zero_reads: result.zeroReads.map(({ program, count, span }) => ({
      program,
      count,
      place: placeToJson(span),
    })),
    warnings: result.warnings.map(diagnosticToJson),
    printed: result.printed,
    ring_buffers: result.rings.map((r) => ({
      map: r.map,
      records: r.records.map(formatActive),
      more: r.more,
      blocked: r.blocked,
    })),
    perf_buffers: result.perf.map((p) => ({
      map: p.map,
      cpu: p.cpu,
      records: p.records.map(formatActive),
      more: p.more,
      lost: p.lost,
    })),
    stack_traces: result.stacks,
    executed: result.executed,
    interrupts: result.interrupts,
    events: result.events.map(eventToJson),
  };
}

/** The document of a run, but for its version. */
export const runsToJson = (lab: string, results: readonly ScenarioResult[]): object => ({
  lab,
  scenarios: results.map(scenarioToJson),
});
