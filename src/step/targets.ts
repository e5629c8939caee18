import grammar, { type CommandActionDict } from '#grammar/command.ohm-bundle.js';
import { evaluateConstant } from '../isa/lower/context.js';
import type { Kernel, Program } from '../kernel/kernel.js';
import { checkCondition } from '../lab/expect.js';
import { resolvePlace } from '../lab/place.js';
import type { PlannedPlace } from '../lab/planned.js';
import { fromAddress, toAddress } from '../machine/memory.js';
import type { Expr } from '../syntax/ast.js';
import { toName } from '../syntax/expressions.js';
import { type ConditionAst, INTERRUPT_LEVELS, type Name, type PlaceAst } from '../syntax/lab-ast.js';
import { parseCondition, parsePart } from '../syntax/parse-command.js';
import type { Language } from '../syntax/reading.js';
import { PLACE } from '../syntax/scenarios.js';
import { only, read } from '../syntax/tree.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import { formatRange } from '../text/range.js';
import { type Arguments, valueOrThrow } from './arguments.js';
import type { Trigger, Watched } from './breakpoints.js';
import { isLine, lineName } from './breakpoints.js';
import type { Session } from './session.js';

/** A condition as after `expect`, checked against the machine. Throws `InputError`. */
export function readCondition(kernel: Kernel, args: Arguments): ConditionAst {
  if (args.words.length === 0) throw args.wrong(undefined, 'an expression is missing', EXPRESSION);
  const ast = valueOrThrow(parseCondition(args.source, args.start));
  const findings = new Findings();
  checkCondition(kernel, ast, findings);
  findings.orThrow();
  return ast;
}

const EXPRESSION = { expected: 'what may follow `expect`, such as on_delete.run_cnt' };

/** What comes after `break` and `list`, as it is written. */
type WhereAst =
  | { readonly kind: 'place'; readonly place: PlaceAst }
  | { readonly kind: 'line'; readonly file: string | undefined; readonly line: number; readonly text: string }
  | { readonly kind: 'context'; readonly level: (Trigger & { kind: 'context' })['level'] }
  | { readonly kind: 'refused'; readonly program: Name | undefined };

const WHERE: CommandActionDict<WhereAst> = {
  Where_line(line) {
    const text = line.sourceString;
    const colon = text.lastIndexOf(':');
    const file = colon < 0 ? undefined : text.slice(0, colon);
    return { kind: 'line', file, line: Number(text.slice(colon + 1)), text };
  },
  Where_context(level, _end) {
    return { kind: 'context', level: level.sourceString as (Trigger & { kind: 'context' })['level'] };
  },
  Where_refused(_refused, whom, _end) {
    const program = only(whom);
    return { kind: 'refused', program: program && toName(program) };
  },
  Where_place(place) {
    return { kind: 'place', place: read(PLACE, place) };
  },
};

const COMMANDS: Language = { code: 'B0806', explain: () => undefined };
const LANGUAGE = { grammar, language: COMMANDS };

const readWhere = (args: Arguments): WhereAst =>
  valueOrThrow(parsePart(args.source, args.start, { ...LANGUAGE, rule: 'Where', actions: WHERE }));

/** A number as it is meant in a command, where a leading zero means nothing. Throws `InputError`. */
function numberOf(expr: Expr): bigint {
  if (expr.kind === 'number') return expr.value;
  const findings = new Findings();
  const value = evaluateConstant(expr, new Map(), findings);
  findings.orThrow();
  return value ?? 0n;
}

function placeOrThrow(kernel: Kernel, ast: PlaceAst): PlannedPlace {
  const place = resolvePlace(kernel, ast, numberOf);
  if (!('kind' in place)) return place;
  const { kind: _, message, ...details } = place;
  throw new InputError(errorAt('B0806', message, details));
}

/** A place as in a lab: `NAME`, `NAME+N`, `trampoline of NAME`, `trampoline NAME`. Throws `InputError`. */
export function readPlace(kernel: Kernel, args: Arguments): PlannedPlace {
  return placeOrThrow(
    kernel,
    valueOrThrow(parsePart(args.source, args.start, { ...LANGUAGE, rule: 'Place', actions: PLACE })),
  );
}

/** What `break` stops at the entry of. */
export const CONTEXTS = [...INTERRUPT_LEVELS, 'task'] as const;

/** The line that was meant, of the files that the machine's code is from; without a file, one that is at hand. */
function lineTrigger(session: Session, wanted: WhereAst & { kind: 'line' }): Trigger | undefined {
  const { kernel, thread } = session;
  const { text } = kernel.machine;
  const lines: string[] = [];
  for (let slot = 0; slot < text.slots; slot += 1) {
    const span = text.at(slot)?.insn.span;
    if (span !== undefined) lines.push(lineName(span.source, span.start));
  }
  const here = thread && text.at(thread.pc)?.insn.span?.source.name;
  const programs = text.functions.find((f) => f.kind === 'program' && f.start >= 0);
  const first = programs && text.at(programs.start)?.insn.span?.source.name;
  const { line } = wanted;
  for (const file of wanted.file === undefined ? [first, here] : [wanted.file]) {
    const found = file === undefined ? undefined : lines.find((l) => isLine(l, { file, line }));
    if (found !== undefined) return { kind: 'line', file: found.slice(0, found.lastIndexOf(':')), line };
  }
  return undefined;
}

/** What `break` is followed by, without a condition. Throws `InputError`. */
export function readTrigger(session: Session, args: Arguments): Trigger {
  const { kernel } = session;
  if (args.words.length === 0) {
    const expected = `a function, FUNCTION+N, [FILE:]LINE, trampoline of FUNCTION, ${CONTEXTS.join(', ')}, refused`;
    throw args.wrong(undefined, 'a place is missing', { expected });
  }
  const where = readWhere(args);
  switch (where.kind) {
    case 'line': {
      const found = lineTrigger(session, where);
      if (found === undefined) throw args.wrong(args.words[0], `no instruction is of line ${where.text}`);
      return found;
    }
    case 'context':
      return where;
    case 'refused':
      // A function can have this name, and is meant then.
      if (kernel.functionNamed('refused') !== undefined)
        return { kind: 'place', place: readPlace(kernel, args) };
      return { kind: 'refused', program: where.program && readProgram(kernel, args.from(1)).name };
    case 'place':
      return { kind: 'place', place: placeOrThrow(kernel, where.place) };
    default:
      return where satisfies never;
  }
}

function readProgram(kernel: Kernel, args: Arguments): Program {
  const [word] = args.words;
  const program = kernel.programs.get(word?.text ?? '');
  if (program === undefined) throw args.unknown(word, 'program', kernel.programs.keys());
  return program;
}

/** `active of PROGRAM [on cpu N]`; undefined for all else. */
function readActive(kernel: Kernel, args: Arguments): (Watched & { kind: 'active' }) | undefined {
  const { words } = args;
  if (words[0]?.text !== 'active' || words[1]?.text !== 'of') return undefined;
  const program = readProgram(kernel, args.from(2)).name;
  const [, , , on, ...rest] = words;
  if (on === undefined) return { kind: 'active', program, cpu: undefined };
  const number = on.text === 'on' && rest[0]?.text === 'cpu' ? rest[1] : undefined;
  if (number === undefined)
    throw args.wrong(on, `\`${on.text}\` cannot be used here`, { expected: 'on cpu N' });
  args.atMost(6);
  const cpu = args.number(number, 0, 0);
  if (cpu >= kernel.cpus)
    throw args.wrong(number, `there is no CPU ${cpu}`, { expected: formatRange(0, kernel.cpus - 1) });
  return { kind: 'active', program, cpu };
}

/** A register of the running thread, as `$r1` or `r1`. */
export function readRegister(session: Session, text: string): bigint | undefined {
  const match = /^\$?r(\d+)$/.exec(text);
  const n = Number(match?.[1] ?? 11);
  return n > 10 ? undefined : session.thread?.getRegister(n);
}

/**
 * An address: a number, a register, `&NAME` or a global or map by name, `active of PROGRAM`, and numbers added to it.
 * Undefined where the words are none.
 */
export function readAddress(session: Session, args: Arguments): bigint | undefined {
  const { kernel } = session;
  const active = readActive(kernel, args);
  if (active !== undefined) {
    const cpu = active.cpu ?? session.thread?.cpu ?? 0;
    return toAddress(kernel.percpu.at(kernel.programs.get(active.program)!.active, cpu));
  }
  const match = /^([&$\w.]+)((?:\s*[+-]\s*(?:0x[\da-f]+|\d+))*)$/i.exec(args.text);
  if (match === null) return undefined;
  const [, term = '', added = ''] = match;
  const start = readTerm(session, term);
  if (start === undefined) return undefined;
  const terms = [...added.matchAll(/([+-])\s*(0x[\da-f]+|\d+)/gi)];
  const sum = terms.reduce((n, [, sign, by]) => (sign === '+' ? n + BigInt(by!) : n - BigInt(by!)), start);
  return BigInt.asUintN(64, sum);
}

function readTerm(session: Session, term: string): bigint | undefined {
  if (/^(?:0x[\da-f]+|\d+)$/i.test(term)) return BigInt(term);
  const register = readRegister(session, term);
  if (register !== undefined) return register;
  const { kernel } = session;
  const name = term.replace(/^&/, '');
  const at = kernel.globals.get(name)?.at ?? kernel.maps.get(name)?.at;
  if (at !== undefined) return toAddress(at);
  const fn = kernel.functionNamed(name);
  return fn && kernel.machine.text.addressOfSlot(fn.start);
}

/** What `watch` is followed by: the guard's bytes, an address with a size, or an expression. */
export function readWatched(session: Session, args: Arguments): Watched {
  const { kernel } = session;
  const active = readActive(kernel, args);
  if (active !== undefined) return active;
  const sized = /^(.*?)\s*\/\s*(\d+)$/.exec(args.text);
  const [first] = args.words;
  if (sized !== null || /^(?:0x[\da-f]+\b|[$&]|\d+$)/i.test(args.text)) {
    const size = Number(sized?.[2] ?? 8);
    const end = sized === null ? args.source.text.length : args.start + sized[1]!.length;
    const address = readAddress(session, args.until(end));
    const at = address === undefined ? undefined : fromAddress(address);
    if (at === undefined || at + size > kernel.memory.limit || size < 1 || size > 64) {
      const expected = 'an address of data, and at most 64 bytes after `/`';
      throw args.wrong(first, `nothing can be watched at \`${args.text}\``, { expected });
    }
    return { kind: 'memory', at, size };
  }
  if (first === undefined) {
    const expected = 'active of PROGRAM, ADDRESS/SIZE, or an expression';
    throw args.wrong(undefined, 'what to watch is missing', { expected });
  }
  return { kind: 'condition', condition: readCondition(kernel, args) };
}
