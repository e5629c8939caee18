import type { Kernel, Program } from '../kernel/kernel.js';
import { checkCondition } from '../lab/expect.js';
import type { PlannedPlace } from '../lab/planned.js';
import { fromAddress, toAddress } from '../machine/memory.js';
import type { ConditionAst } from '../syntax/lab-ast.js';
import { parseCondition } from '../syntax/parse-command.js';
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

export const functionNames = (kernel: Kernel): string[] => [
  ...new Set(kernel.machine.text.functions.filter((f) => f.start >= 0).map((f) => f.name)),
];

/** `NAME` or `NAME+N`, `trampoline of NAME`; a name can be in quotes, as in a lab. */
export function readPlace(kernel: Kernel, args: Arguments): PlannedPlace {
  const isTrampoline = args.words[0]?.text === 'trampoline' && args.words[1]?.text === 'of';
  const word = args.words[isTrampoline ? 2 : 0];
  args.atMost(isTrampoline ? 3 : 1);
  const [, name = '', plus] = /^"?(.*?)"?(?:\+(\d+|0x[\da-f]+))?$/i.exec(word?.text ?? '') ?? [];
  const fn = isTrampoline ? `trampoline of ${name}` : name;
  const found = kernel.functionNamed(fn);
  if (found === undefined) {
    const named = word && { ...word, text: name };
    if (isTrampoline) throw args.unknown(named, 'function with a trampoline', kernel.trampolines.keys());
    throw args.unknown(named, 'function', functionNames(kernel));
  }
  const offset = Number(plus ?? 0);
  const length = found.end - found.start;
  if (offset >= length)
    throw args.wrong(word, `${fn} has no instruction ${offset}`, { expected: formatRange(0, length - 1) });
  if (kernel.machine.text.at(found.start + offset) === undefined) {
    const help = `write +${offset - 1} or +${offset + 1}`;
    throw args.wrong(word, `${fn}+${offset} is the second half of a 64-bit load`, { help });
  }
  return { fn: found.name, offset };
}

const CONTEXTS = ['softirq', 'hardirq', 'nmi', 'task'] as const;

/** `NUMBER` or `FILE:NUMBER`; undefined for all else. */
function readLine(session: Session, args: Arguments): Trigger | undefined {
  const [word] = args.words;
  const match = /^(?:(.+):)?(\d+)$/.exec(word?.text ?? '');
  if (match === null || word === undefined) return undefined;
  args.atMost(1);
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
  for (const file of match[1] === undefined ? [first, here] : [match[1]]) {
    if (file === undefined) continue;
    const wanted = { file, line: Number(match[2]) };
    const found = lines.find((l) => isLine(l, wanted));
    if (found !== undefined)
      return { kind: 'line', file: found.slice(0, found.lastIndexOf(':')), line: wanted.line };
  }
  throw args.wrong(word, `no instruction is of line ${word.text}`);
}

/** What `break` is followed by, without a condition. */
export function readTrigger(session: Session, args: Arguments): Trigger {
  const { kernel } = session;
  const [first, second] = args.words;
  if (first === undefined) {
    const expected = `a function, FUNCTION+N, [FILE:]LINE, trampoline of FUNCTION, ${CONTEXTS.join(', ')}, refused`;
    throw args.wrong(undefined, 'a place is missing', { expected });
  }
  const level = CONTEXTS.find((c) => c === first.text);
  if (level !== undefined) {
    args.atMost(1);
    return { kind: 'context', level };
  }
  if (first.text === 'refused' && kernel.functionNamed('refused') === undefined) {
    args.atMost(2);
    return { kind: 'refused', program: second && readProgram(kernel, args.from(1)).name };
  }
  return readLine(session, args) ?? { kind: 'place', place: readPlace(kernel, args) };
}

export function readProgram(kernel: Kernel, args: Arguments): Program {
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
