import { NO_TARGET } from '../../object/core/target.js';
import type { TracepointAst } from '../../syntax/lab-ast.js';
import { Findings } from '../../text/findings.js';
import { isOnPerfEvent, kindInfo } from '../attach/kinds.js';
import { type AttachPoint, parseAttachPoint } from '../attach/point.js';
import {
  type FilledRecord,
  filledRecord,
  type RecordLayout,
  recordOf,
  recordOfParams,
} from '../attach/record.js';
import { wellKnownTracepoint } from '../attach/well-known.js';
import { wellKnownRecord } from '../attach/well-known-records.js';
import type { OtherPoints, ProgramSource } from './programs.js';

/** A program by its name, what its section says that it is attached to, and the record that it reads. */
export type Attachment = Pick<ProgramSource, 'name' | 'attach' | 'record' | 'parameters'>;

/** What the programs of a tracepoint get. */
interface Wanted {
  /** The record that those on perf read, as their objects have it; undefined where they do not say. */
  readonly layout: RecordLayout | undefined;
  /** Whether there are programs that get its arguments themselves. */
  readonly isRaw: boolean;
}

/** That by tracepoint. */
export type Records = ReadonlyMap<string, Wanted>;

/** What a program is attached to, as far as it can be told without reporting what is wrong with it. */
export function pointsOf({ name, attach }: Attachment, { now }: OtherPoints): AttachPoint[] {
  return (now.get(name) ?? [attach]).flatMap((to) => parseAttachPoint(to, new Findings()) ?? []);
}

/**
 * The record of a tracepoint as a program's object has it. What is known of Linux is better than what a program made for
 * itself.
 */
function layoutFor(name: string, { record }: Attachment): RecordLayout | undefined {
  if (record === undefined || (!record.isOfKernel && wellKnownRecord(name) !== undefined)) return undefined;
  return recordOf(NO_TARGET, record.struct);
}

/** The records that programs on perf read, by tracepoint: of several programs the first that says it. */
export function recordsOf(programs: readonly Attachment[], points: OtherPoints): Records {
  const found = new Map<string, Wanted>();
  for (const program of programs) {
    for (const point of pointsOf(program, points)) {
      if (kindInfo(point.kind).site !== 'tracepoint') continue;
      const { layout, isRaw } = found.get(point.on) ?? { layout: undefined, isRaw: false };
      const isPerf = isOnPerfEvent(point.kind);
      found.set(point.on, {
        layout: layout ?? (isPerf ? layoutFor(point.on, program) : undefined),
        isRaw: isRaw || !isPerf,
      });
    }
  }
  return found;
}

/** What programs on perf get of a tracepoint; `isMade`: it is there only because programs are attached to it. */
export function recordFor({ name, params }: TracepointAst, records: Records, isMade: boolean): FilledRecord {
  const known = isMade ? wellKnownRecord(name.name) : undefined;
  const wanted = records.get(name.name);
  const layout = wanted?.layout ?? known ?? recordOfParams(params);
  // Arguments of Linux's own prototype are not the fields in order, and some have the name of one.
  const byName = isMade && wanted?.isRaw === true && wellKnownTracepoint(name.name) !== undefined;
  return filledRecord(layout, params, byName);
}
