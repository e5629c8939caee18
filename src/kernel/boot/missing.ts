import type { Name, ParamAst } from '../../syntax/lab-ast.js';
import { parseAssembly } from '../../syntax/parse-program.js';
import { type Prototype, parsePrototype } from '../../syntax/prototype.js';
import { warningAt } from '../../text/diagnostic.js';
import { Findings } from '../../text/findings.js';
import { didYouMean, slipsBetween } from '../../text/nearest.js';
import type { Span } from '../../text/source.js';
import { isInUserSpace, kindInfo, replaces, takesPattern } from '../attach/kinds.js';
import { isPattern, matches } from '../attach/pattern.js';
import { paramsOfRecord } from '../attach/record.js';
import { REGISTER_ARGUMENTS } from '../attach/trampoline.js';
import {
  wellKnownFunction,
  wellKnownFunctions,
  wellKnownTracepoint,
  wellKnownTracepoints,
} from '../attach/well-known.js';
import { wellKnownRecord } from '../attach/well-known-records.js';
import { fireName } from '../names.js';
import type { Undeclared } from '../undeclared.js';
import type { Code } from './code.js';
import type { Declared } from './declared.js';
import type { OtherPoints } from './programs.js';
import { type Attachment, pointsOf, type Records, recordsOf } from './records.js';
import { parametersBySource } from './source-parameters.js';

/** What may be declared because programs are attached to it, and what was said of it. */
export interface MissingOptions {
  /** Whether what a program is attached to and nobody has declared becomes a function that returns 0, or a tracepoint. */
  readonly declare: boolean;
  /** Prototypes, in C, of functions to declare. */
  readonly prototypes: readonly Prototype[];
  /** Functions that a scenario calls: patterns that match them make them. */
  readonly called?: readonly string[];
}

/** A name that a function can have; a probe may name a place in it, or a pattern. */
const PLAIN = /^[A-Za-z_][\w.]*$/;

const digitsOf = (name: string): string => name.replace(/\D/g, '');

/**
 * Names that one slip makes of another. Linux has more functions than tables know, and many are called much like others: one
 * with other digits, `tcp_v6_connect`, is not a slip, and what differs by more may well be there.
 */
const slippedFrom = (name: string, others: readonly string[]): string[] =>
  others.filter((other) => slipsBetween(other, name) <= 1 && digitsOf(other) === digitsOf(name));

let returning: Code | undefined;
/** Code of a function that returns 0. */
function returnsZero(): Code {
  returning ??= {
    kind: 'lines',
    lines: parseAssembly({ name: 'a function that returns 0', text: 'r0 = 0\nexit' }).value,
  };
  return returning;
}

/** Registers that hold arguments, of a function whose arguments nobody knows. */
const registers = (): ParamAst[] =>
  Array.from({ length: REGISTER_ARGUMENTS }, (_, i) => ({ type: 'u64', name: `arg${i}` }));

/** Arguments that are known, and as many more as there are registers for. */
const padded = (params: readonly ParamAst[]): readonly ParamAst[] => [
  ...params,
  ...registers().slice(params.length),
];

function paramsOf(text: string | undefined): readonly ParamAst[] | undefined {
  if (text === undefined) return undefined;
  return parsePrototype({ name: 'a known prototype', text }, new Findings())?.params;
}

/**
 * Arguments of a tracepoint: those of its prototype where a program is attached to it that gets them, else the fields of
 * its record.
 */
function ofTracepoint(name: string, records: Records): readonly ParamAst[] | undefined {
  const known = paramsOf(wellKnownTracepoint(name));
  const record = records.get(name)?.layout ?? wellKnownRecord(name);
  if (record === undefined || (known !== undefined && records.get(name)?.isRaw === true)) return known;
  return paramsOfRecord(record);
}

/** Declares a function that returns 0, whatever it is asked for. */
function addFunction(declared: Declared, name: Name, params: readonly ParamAst[]): void {
  const { span } = name;
  const flags = ['fmod_ret', 'sleepable'].map((word) => ({ name: word, span }));
  const f = {
    kind: 'function',
    name,
    params,
    flags,
    span,
    visibility: 'public',
    code: returnsZero(),
  } as const;
  declared.functions.push(f);
}

function addTracepoint(declared: Declared, name: Name, params: readonly ParamAst[]): void {
  declared.tracepoints.push({ kind: 'tracepoint', name, params, span: name.span, visibility: 'public' });
}

const NO_SPAN: Span = { source: { name: 'an object', text: '' }, start: 0, end: 0 };

/**
 * Declares what programs are attached to and nobody has declared, with the arguments it is known to take: by a prototype that
 * was given, by the table of what is traced most, or by the sources of the programs. Returns what was declared; warns of names near to others.
 */
export function declareMissing(
  declared: Declared,
  programs: readonly Attachment[],
  points: OtherPoints,
  { declare, prototypes, called = [] }: MissingOptions,
  findings: Findings,
): Undeclared[] {
  const added: Undeclared[] = [];
  const functions = new Set(declared.functions.map((f) => f.name.name));
  const tracepoints = new Set(declared.tracepoints.map((t) => t.name.name));
  for (const { name, params } of prototypes) {
    if (functions.has(name.name) || declared.spacesOf(name.name).includes('function')) {
      findings.error('B0402', `\`${name.name}\` is declared already`, { span: name.span });
      continue;
    }
    functions.add(name.name);
    declared.take(name.name);
    addFunction(declared, name, params);
  }
  if (!declare) return added;
  const records = recordsOf(programs, points);
  const bySource = parametersBySource(programs, points);
  const add = (kind: Undeclared['kind'], on: string, span: Span, from: 'name' | 'pattern' | 'user'): void => {
    const isTracepoint = kind === 'tracepoint';
    const known = isTracepoint ? tracepoints : functions;
    const space = declared.spacesOf(isTracepoint ? fireName(on) : on);
    if (known.has(on) || space.includes('function')) return;
    // What the kernel's functions take says nothing of those of user space.
    const ofKernel = from === 'user' ? undefined : wellKnownFunction(on);
    const listed = isTracepoint ? ofTracepoint(on, records) : paramsOf(ofKernel);
    const source = bySource.get(`${kind} ${on}`);
    const params = listed ?? source?.params;
    const isAtLeast = listed === undefined && source?.isAtLeast === true;
    const made = isAtLeast ? padded(source.params) : (params ?? registers());
    const wellKnown = isTracepoint ? wellKnownTracepoints() : wellKnownFunctions();
    const likely = [...(params === undefined ? known : []), ...slippedFrom(on, wellKnown)];
    const near = listed === undefined && from === 'name' ? didYouMean(on, likely) : undefined;
    if (near !== undefined)
      findings.add(
        warningAt('B0416', `nobody declares \`${on}\`, so it becomes a ${kind} by itself`, {
          span,
          help: near,
        }),
      );
    known.add(on);
    declared.take(isTracepoint ? fireName(on) : on);
    const name = { name: on, span };
    if (isTracepoint) addTracepoint(declared, name, made);
    else addFunction(declared, name, made);
    const isRecord = isTracepoint && listed !== undefined && records.get(on)?.isRaw !== true;
    added.push({ kind, name: on, params, ...(isAtLeast && { isAtLeast }), ...(isRecord && { isRecord }) });
  };
  for (const program of programs) {
    const span = program.attach.span ?? NO_SPAN;
    for (const { kind, on } of pointsOf(program, points)) {
      const { site } = kindInfo(kind);
      if (site === 'none' || replaces(kind)) continue;
      // A function of a program: PROGRAM.FUNCTION.
      if (site === 'trampoline' && programs.some(({ name }) => on.startsWith(`${name}.`))) continue;
      const what = site === 'tracepoint' ? 'tracepoint' : 'function';
      if (PLAIN.test(on)) add(what, on, span, isInUserSpace(kind) ? 'user' : 'name');
      else if (takesPattern(kind) && isPattern(on))
        for (const name of [...called, ...wellKnownFunctions()].filter((n) => matches(on, n)))
          add(what, name, span, 'pattern');
    }
  }
  return added;
}
