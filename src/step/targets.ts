import { evaluateConstant } from '../isa/lower/context.js';
import type { Kernel, Program } from '../kernel/kernel.js';
import { checkCondition } from '../lab/expect.js';
import { functionNames, resolvePlace } from '../lab/place.js';
import type { PlannedPlace } from '../lab/planned.js';
import { fromAddress, toAddress } from '../machine/memory.js';
import type { Expr } from '../syntax/ast.js';
import { type ConditionAst, INTERRUPT_LEVELS, type PlaceAst } from '../syntax/lab-ast.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';
import { formatRange } from '../text/range.js';
import type { Arguments, Word } from './arguments.js';
import type { Trigger, Watched } from './breakpoints.js';
import { isLine, lineName } from './breakpoints.js';
import {
  type ActiveAst,
  parseCondition,
  parseExamine,
  parsePlace,
  parsePrint,
  parseWatch,
  parseWhere,
  type SumAst,
  type WhereAst,
} from './command-ast.js';
import { type Format, readFormat } from './memory.js';
import type { Session } from './session.js';

const EXPRESSION = { expected: 'what may follow `expect`, such as on_delete.run_cnt' };

/** A condition that has been read, checked against the machine. Throws `InputError`. */
function checked(kernel: Kernel, ast: ConditionAst): ConditionAst {
  const findings = new Findings();
  checkCondition(kernel, ast, findings);
  findings.orThrow();
  return ast;
}

/** A condition as after `expect`. Throws `InputError`. */
export function readCondition(kernel: Kernel, args: Arguments): ConditionAst {
  if (args.words.length === 0) throw args.wrong(undefined, 'an expression is missing', EXPRESSION);
  return checked(kernel, parseCondition(args));
}

/** The value of a register, or a condition. Throws `InputError`. */
export function readPrinted({ kernel, thread }: Session, args: Arguments): bigint | ConditionAst {
  if (args.words.length === 0) throw args.wrong(undefined, 'an expression is missing', EXPRESSION);
  const ast = parsePrint(args);
  if (ast.kind === 'condition') return checked(kernel, ast.condition);
  // Where nothing runs there are no registers, and the name may be a variable's.
  return thread?.getRegister(ast.number) ?? readCondition(kernel, args);
}

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
  return placeOrThrow(kernel, parsePlace(args));
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
  const where = parseWhere(args);
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
      return { kind: 'refused', program: where.program && programOf(kernel, args, args.words[1]).name };
    case 'place':
      return { kind: 'place', place: placeOrThrow(kernel, where.place) };
    default:
      return where satisfies never;
  }
}

function programOf(kernel: Kernel, args: Arguments, word: Word | undefined): Program {
  const program = kernel.programs.get(word?.text ?? '');
  if (program === undefined) throw args.unknown(word, 'program', kernel.programs.keys());
  return program;
}

/** A CPU of the machine by its number; undefined where none is named. Throws `InputError`. */
export function readCpu(kernel: Kernel, args: Arguments, word: Word | undefined): number | undefined {
  if (word === undefined) return undefined;
  const cpu = args.number(word, 0, 0);
  if (cpu < kernel.cpus) return cpu;
  throw args.wrong(word, `there is no CPU ${cpu}`, { expected: formatRange(0, kernel.cpus - 1) });
}

function activeOf(kernel: Kernel, args: Arguments, ast: ActiveAst): Watched & { kind: 'active' } {
  const { name } = programOf(kernel, args, ast.program);
  return { kind: 'active', program: name, cpu: readCpu(kernel, args, ast.cpu) };
}

/** The address that a number, a register, `&NAME` or a name is. Throws `InputError`. */
function baseOf(session: Session, args: Arguments, base: Word): bigint {
  const { kernel, thread } = session;
  const { text } = base;
  if (/^(?:0x[\da-f]+|\d+)$/i.test(text)) return BigInt(text.toLowerCase());
  const register = /^\$?r([0-9]|10)$/.exec(text)?.[1];
  const value = register === undefined ? undefined : thread?.getRegister(Number(register));
  if (value !== undefined) return value;
  const name = text.replace(/^&/, '');
  const at = kernel.globals.get(name)?.at ?? kernel.maps.get(name)?.at;
  if (at !== undefined) return toAddress(at);
  const fn = kernel.functionNamed(name);
  if (fn !== undefined) return kernel.machine.text.addressOfSlot(fn.start);
  if (register !== undefined) throw args.wrong(base, 'nothing runs, so there are no registers');
  const names = [...kernel.globals.keys(), ...kernel.maps.keys(), ...functionNames(kernel)];
  const help = didYouMean(name, names);
  throw args.wrong(base, `there is no address \`${text}\``, help === undefined ? ADDRESS : { help });
}

const ADDRESS = {
  expected: '0x…, a register, the name of a global, a map or a function, `active of PROGRAM`',
};

function addressOf(session: Session, args: Arguments, ast: SumAst): bigint {
  return BigInt.asUintN(64, baseOf(session, args, ast.base) + ast.added);
}

/** What `x` is followed by: a format, and an address. Throws `InputError`. */
export function readExamined(
  session: Session,
  args: Arguments,
): { readonly format: Format; readonly address: bigint; readonly at: Word | undefined } {
  const { kernel, thread } = session;
  const [first, second] = args.words;
  if ((first?.text.startsWith('/') === true ? second : first) === undefined) {
    readFormat(args, first);
    throw args.wrong(undefined, 'an address is missing here', ADDRESS);
  }
  const { format: word, address: ast } = parseExamine(args);
  const format = readFormat(args, word);
  const at = word === undefined ? first : second;
  if (ast.kind === 'sum') return { format, address: addressOf(session, args, ast), at };
  const { program, cpu } = activeOf(kernel, args, ast);
  const area = kernel.percpu.at(kernel.programs.get(program)!.active, cpu ?? thread?.cpu ?? 0);
  return { format, address: toAddress(area), at };
}

/** What `watch` is followed by: the guard's bytes, an address with a size, or an expression. Throws `InputError`. */
export function readWatched(session: Session, args: Arguments): Watched {
  const { kernel } = session;
  const [first] = args.words;
  if (first === undefined) {
    const expected = 'active of PROGRAM, ADDRESS/SIZE, or an expression';
    throw args.wrong(undefined, 'what to watch is missing', { expected });
  }
  const ast = parseWatch(args);
  switch (ast.kind) {
    case 'active':
      return activeOf(kernel, args, ast);
    case 'condition':
      return { kind: 'condition', condition: checked(kernel, ast.condition) };
    case 'memory': {
      const { size } = ast;
      const at = fromAddress(addressOf(session, args, ast.address));
      if (at === undefined || at + size > kernel.memory.limit || size < 1 || size > 64) {
        const expected = 'an address of data, and at most 64 bytes after `/`';
        throw args.wrong(first, `nothing can be watched at \`${args.text}\``, { expected });
      }
      return { kind: 'memory', at, size };
    }
    default:
      return ast satisfies never;
  }
}
