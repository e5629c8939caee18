// cspell:ignore rfin
import type { Arguments } from './arguments.js';
import type { Breakpoint } from './breakpoints.js';
import { preempt, raise } from './by-hand.js';
import type { Debugger, Execution } from './debugger.js';
import { describeBreakpoints, INFO } from './info.js';
import { backtrace, examining, list, print } from './inspect.js';
import {
  BY_INSTRUCTION,
  backward,
  type Motion,
  type Moved,
  next,
  onward,
  reverseNext,
  reverseStepLine,
  stepLine,
} from './motion.js';
import { lines, type Reply } from './reply.js';
import type { Session } from './session.js';
import { readCondition, readTrigger, readWatched } from './targets.js';

export interface Command {
  /** The first is its name, the others are short for it. */
  readonly names: readonly string[];
  readonly usage: string;
  readonly summary: string;
  readonly details?: string;
  /** An empty line does it again. */
  readonly repeats: boolean;
  readonly run: (d: Debugger, args: Arguments) => Reply | Execution;
}

/** Moves as often as the argument says, until something stops the run. */
function* moving(d: Debugger, args: Arguments, move: (d: Debugger) => Motion, isBack: boolean): Execution {
  args.atMost(1);
  const times = args.number(args.words[0], 1, 1);
  let moved: Moved = { hits: [] };
  for (let n = 0; n < times; n += 1) {
    const from = d.session.position;
    moved = yield* move(d);
    const isOver = moved.hits.length > 0 || moved.interrupted === true || d.session.outcome !== undefined;
    if (isOver || (isBack && d.session.position === from)) break;
  }
  const isStart = isBack && d.session.position === 0 && moved.hits.length === 0;
  return d.here(moved, isStart ? 'start' : undefined);
}

function motion(
  names: readonly string[],
  summary: string,
  move: (session: Session, breakpoints: readonly Breakpoint[]) => Motion,
): Command {
  const name = names[0]!;
  return {
    names,
    usage: name.endsWith('finish') ? name : `${name} [N]`,
    summary,
    repeats: true,
    run: (d, args) =>
      moving(d, args, ({ session, breakpoints }) => move(session, breakpoints), name.startsWith('reverse')),
  };
}

function addBreakpoint(d: Debugger, args: Arguments): Reply {
  const at = args.words.findIndex((w) => w.text === 'if');
  const where = at < 0 ? args : args.until(args.words[at]!.start);
  const trigger = readTrigger(d.session, where);
  const rest = at < 0 ? undefined : args.from(at + 1);
  const ast = rest && readCondition(d.session.kernel, rest);
  const added = d.addBreakpoint(where.text, trigger, ast && { ast, text: rest.text });
  return lines(`breakpoint ${added.number}: ${where.text}${rest === undefined ? '' : ` if ${rest.text}`}`);
}

function addWatchpoint(d: Debugger, args: Arguments): Reply {
  const watched = readWatched(d.session, args);
  const added = d.addBreakpoint(`watch ${args.text}`, { kind: 'watch', watched });
  return lines(`watchpoint ${added.number}: ${args.text}`);
}

/** Breakpoints by their numbers; without one, all. */
function chosen(d: Debugger, args: Arguments): Breakpoint[] {
  if (args.words.length === 0) return [...d.breakpoints];
  return args.words.map((word) => {
    const found = d.breakpoints.find((b) => String(b.number) === word.text);
    if (found !== undefined) return found;
    throw args.unknown(
      word,
      'breakpoint',
      d.breakpoints.map((b) => String(b.number)),
    );
  });
}

function enabling(enabled: boolean): Command['run'] {
  return (d, args) => {
    for (const b of chosen(d, args)) b.enabled = enabled;
    return describeBreakpoints(d.breakpoints);
  };
}

function info(d: Debugger, args: Arguments): Reply {
  const [word] = args.words;
  const topics = ['breakpoints', ...Object.keys(INFO)];
  const begun = topics.filter((t) => word !== undefined && t.startsWith(word.text));
  const topic = topics.find((t) => t === word?.text) ?? (begun.length === 1 ? begun[0] : undefined);
  if (topic === 'breakpoints') return describeBreakpoints(d.breakpoints);
  const show = topic === undefined ? undefined : INFO[topic];
  if (show === undefined) throw args.unknown(word, 'topic', topics);
  return show(d.session, args.from(1));
}

function help(_: Debugger, args: Arguments): Reply {
  const [word] = args.words;
  if (word === undefined) {
    const rows = COMMANDS.map((c) => [c.usage, c.names.slice(1).join(' '), c.summary]);
    return { kind: 'table', columns: ['command', 'short', ''], rows };
  }
  const command = COMMANDS.find((c) => c.names.includes(word.text));
  if (command === undefined)
    throw args.unknown(
      word,
      'command',
      COMMANDS.map((c) => c.names[0]!),
    );
  return lines(
    command.usage,
    `  ${command.summary}`,
    ...(command.details?.split('\n').map((l) => `  ${l}`) ?? []),
  );
}

/** All commands; those of gdb and rr have their names. */
export const COMMANDS: readonly Command[] = [
  motion(['step', 's'], 'to the next line, into calls and interrupts', stepLine),
  motion(['stepi', 'si'], 'one instruction', BY_INSTRUCTION.stepi),
  motion(['next', 'n'], 'to the next line of this function, over calls, interrupts and other tasks', (s, b) =>
    next(s, b, true),
  ),
  motion(['nexti', 'ni'], 'to the next instruction of this function', BY_INSTRUCTION.nexti),
  motion(['finish', 'fin'], 'until this function has returned', BY_INSTRUCTION.finish),
  motion(['continue', 'c'], 'until something stops it', onward),
  motion(['reverse-step', 'rs'], 'back to the line before', reverseStepLine),
  motion(['reverse-stepi', 'rsi'], 'back by one instruction', BY_INSTRUCTION['reverse-stepi']),
  motion(['reverse-next', 'rn'], 'back to the line before in this function', (s, b) =>
    reverseNext(s, b, true),
  ),
  motion(
    ['reverse-nexti', 'rni'],
    'back to the instruction before in this function',
    BY_INSTRUCTION['reverse-nexti'],
  ),
  motion(['reverse-finish', 'rfin'], 'back to the call of this function', BY_INSTRUCTION['reverse-finish']),
  motion(['reverse-continue', 'rc'], 'back to what would have stopped it', backward),
  {
    names: ['goto'],
    usage: 'goto N',
    summary: 'to where N instructions have been executed',
    repeats: false,
    run: (d, args) => {
      args.atMost(1);
      if (args.words.length === 0)
        throw args.wrong(undefined, 'a position is missing', { expected: 'a number' });
      d.session.goTo(args.number(args.words[0], 0, 0));
      return d.here();
    },
  },
  {
    names: ['break', 'b'],
    usage: 'break WHERE [if EXPR]',
    summary: 'stop at an instruction, a line, a context or a refusal',
    details: [
      'FUNCTION, FUNCTION+N           before an instruction; `trampoline of FUNCTION` names an image',
      'LINE, FILE:LINE                before a line of the lab, or of the C file of an object',
      'nmi, hardirq, softirq, task    when such a context is entered, or another task runs',
      'refused [PROGRAM]              when the guard has refused a program',
    ].join('\n'),
    repeats: false,
    run: addBreakpoint,
  },
  {
    names: ['watch'],
    usage: 'watch WHAT',
    summary: 'stop when a value has changed',
    details: [
      'active of PROGRAM [on cpu N]   the bytes of the guard',
      'EXPR                           what may follow `expect`: a global, on_delete.run_cnt, h[1]',
      'ADDRESS[/SIZE]                 bytes in memory, 8 without a size',
    ].join('\n'),
    repeats: false,
    run: addWatchpoint,
  },
  {
    names: ['delete', 'd'],
    usage: 'delete [N …]',
    summary: 'remove a breakpoint, or all of them without a number',
    repeats: false,
    run: (d, args) => {
      d.removeBreakpoints(chosen(d, args));
      return describeBreakpoints(d.breakpoints);
    },
  },
  {
    names: ['disable'],
    usage: 'disable [N …]',
    summary: 'pass over breakpoints',
    repeats: false,
    run: enabling(false),
  },
  {
    names: ['enable'],
    usage: 'enable [N …]',
    summary: 'stop at them again',
    repeats: false,
    run: enabling(true),
  },
  {
    names: ['info', 'i'],
    usage: 'info TOPIC',
    summary: `show ${['breakpoints', ...Object.keys(INFO)].join(', ')}`,
    details: '`info trampoline FUNCTION` lists the image on a function',
    repeats: false,
    run: info,
  },
  {
    names: ['x'],
    usage: 'x[/NFU] ADDRESS',
    summary: 'show memory: N units in format F of size U',
    details: [
      'F  x hex  d signed  u unsigned  o octal  t binary  c character  a address  s string  i instruction',
      'U  b 1 byte  h 2  w 4  g 8',
      'ADDRESS  a number, $r1, the name of a global, map or function, `active of PROGRAM`, and + or - numbers',
      'a star marks bytes that code may not touch',
    ].join('\n'),
    repeats: true,
    run: examining,
  },
  {
    names: ['print', 'p'],
    usage: 'print EXPR',
    summary: 'the value of a register, or of what may follow `expect`',
    repeats: false,
    run: print,
  },
  { names: ['list', 'l'], usage: 'list [FUNCTION]', summary: 'show code', repeats: false, run: list },
  {
    names: ['backtrace', 'bt', 'where'],
    usage: 'backtrace',
    summary: 'the frames of the running thread',
    repeats: false,
    run: backtrace,
  },
  {
    names: ['raise'],
    usage: 'raise nmi|hardirq|softirq [cpu N] [ACTION …]',
    summary: 'let an interrupt arrive at this place',
    details: [
      'Its handler does the actions, as in a scenario: `raise nmi delete hash2[0]`.',
      'It stays part of this run: it comes again when the run goes back and then on.',
    ].join('\n'),
    repeats: false,
    run: raise,
  },
  {
    names: ['preempt'],
    usage: 'preempt TASK',
    summary: 'let another task run as soon as possible',
    repeats: false,
    run: preempt,
  },
  {
    names: ['help', 'h'],
    usage: 'help [COMMAND]',
    summary: 'this list, or more about one command',
    repeats: false,
    run: help,
  },
  {
    names: ['quit', 'q', 'exit'],
    usage: 'quit',
    summary: 'leave; so does Ctrl-D',
    repeats: false,
    run: () => ({ kind: 'quit' }),
  },
];
