import type { ParamAst } from '../../syntax/lab-ast.js';
import { kindInfo, seesResult } from '../attach/kinds.js';
import type { AttachPoint } from '../attach/point.js';
import type { OtherPoints } from './programs.js';
import { type Attachment, pointsOf } from './records.js';

/** A hook's result, which programs of LSM may leave out. */
const RESULT = /^(?:ret|retval|rc|result)$/;

/** What sources say of the arguments of a function or tracepoint. */
export interface SourceParameters {
  readonly params: readonly ParamAst[];
  /** No program reads a result after them, so there may be more. */
  readonly isAtLeast: boolean;
}

interface Arguments {
  readonly names: readonly string[];
  readonly isAll: boolean;
}

/** The arguments that a program's source gives it to read; undefined where it says nothing of them. */
function argumentsOf(point: AttachPoint, parameters: readonly string[]): Arguments | undefined {
  const info = kindInfo(point.kind);
  switch (info.site) {
    case 'trampoline': {
      const isLast = seesResult(point.kind) && (point.kind !== 'lsm' || RESULT.test(parameters.at(-1) ?? ''));
      return { names: isLast ? parameters.slice(0, -1) : parameters, isAll: isLast };
    }
    case 'probe':
      return info.halves[0] === 'entry' ? { names: parameters, isAll: false } : undefined;
    case 'tracepoint':
      return info.through === 'raw' ? { names: parameters, isAll: false } : undefined;
    case 'none':
      return undefined;
    default:
      return info satisfies never;
  }
}

/**
 * Arguments of functions and tracepoints as the sources of programs on them have them. The last parameter of a program that
 * runs after a function is the function's result. A program may leave out what it does not read, so of several that one
 * counts which has most.
 */
export function parametersBySource(
  programs: readonly Attachment[],
  points: OtherPoints,
): ReadonlyMap<string, SourceParameters> {
  const found = new Map<string, SourceParameters>();
  for (const program of programs) {
    const { parameters = [] } = program;
    for (const point of parameters.length === 0 ? [] : pointsOf(program, points)) {
      const given = argumentsOf(point, parameters);
      if (given === undefined) continue;
      const key = `${kindInfo(point.kind).site === 'tracepoint' ? 'tracepoint' : 'function'} ${point.on}`;
      const before = found.get(key);
      const isAtLeast = !given.isAll && before?.isAtLeast !== false;
      const names = given.names.map((name, i) => ({ type: 'u64', name: name === '' ? `arg${i}` : name }));
      const isMore = before === undefined || names.length >= before.params.length;
      found.set(key, { params: isMore ? names : before.params, isAtLeast });
    }
  }
  return found;
}
