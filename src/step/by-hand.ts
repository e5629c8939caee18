import { evaluateConstant } from '../isa/lower/context.js';
import { CallArena } from '../lab/calls.js';
import { planInterrupt } from '../lab/plan.js';
import type { Begun } from '../lab/run.js';
import type { ByHand } from '../lab/runner.js';
import { type ActionAst, INTERRUPT_LEVELS } from '../syntax/lab-ast.js';
import { Findings } from '../text/findings.js';
import type { Arguments } from './arguments.js';
import { parseRaise } from './command-ast.js';
import type { Debugger } from './debugger.js';
import type { Reply } from './reply.js';
import { readCpu } from './targets.js';

/** Actions that interrupts raised by hand may have together; a machine that is stepped is booted with memory for them. */
export const SPARE_ACTIONS = 64;

const timesOf = (a: ActionAst): number =>
  a.times === undefined ? 1 : Number(evaluateConstant(a.times, new Map(), new Findings()));

/** `raise nmi [cpu N] [ACTION …]`: an interrupt before the next instruction. */
export function raise(d: Debugger, args: Arguments): Reply {
  const { session } = d;
  const { kernel } = session;
  handOrThrow(d, args);
  if (args.words.length === 0) throw args.unknown(undefined, 'interrupt', INTERRUPT_LEVELS);
  const ast = parseRaise(args);
  const level = INTERRUPT_LEVELS.find((l) => l === ast.interrupt.text);
  if (level === undefined) throw args.unknown(ast.interrupt, 'interrupt', INTERRUPT_LEVELS);
  refuseAtEnd(d, args);
  const cpu = readCpu(kernel, args, ast.cpu) ?? session.thread!.cpu;
  const { actions } = ast;
  const needed = Math.max(
    1,
    actions.reduce((n, a) => n + Math.max(1, timesOf(a)), 0),
  );
  const earlier = session.interventions.filter((i) => i.position <= session.position);
  const used = earlier.reduce((n, i) => n + i.actions, 0);
  if (used + needed > SPARE_ACTIONS) {
    const help = 'a scenario can have any number: write `at PLACE nmi { … }` there';
    const first = args.words.find((w) => w.start === actions[0]?.span.start);
    throw args.wrong(first, `interrupts raised by hand have at most ${SPARE_ACTIONS} actions`, {
      help,
    });
  }
  const start = Math.max(session.run.arenaUsed, ...earlier.map((i) => i.arenaUsed));
  const text = `raised by hand: ${args.text}`;
  const plan = (run: Begun, findings: Findings) => {
    const arena = new CallArena(run.kernel, { ...run.kernel.arena, start });
    return { effect: planInterrupt(run.kernel, level, actions, arena, findings), arenaUsed: arena.used };
  };
  const findings = new Findings();
  // A rehearsal: what is refused must leave nothing in memory.
  const before = kernel.memory.u8.slice();
  const { arenaUsed } = plan(session.run, findings);
  kernel.memory.u8.set(before);
  findings.orThrow();
  const apply = (run: Begun): void => {
    const { effect } = plan(run, new Findings());
    if (effect?.kind === 'interrupt')
      run.runner.byHand?.raise(cpu, level, effect.actions, effect.count, text);
  };
  const was = session.thread;
  session.intervene({ text: args.text, apply, arenaUsed, actions: needed });
  const isHeld = session.thread === was;
  return { ...d.here(), ...(isHeld && { note: `it waits until CPU ${cpu} accepts a ${level}` }) };
}

/** `preempt TASK`: the task runs as soon as its CPU can switch. */
export function preempt(d: Debugger, args: Arguments): Reply {
  const { session } = d;
  const byHand = handOrThrow(d, args);
  const task = args.text;
  const names = byHand.scripts.map((s) => s.task.name);
  if (!names.includes(task)) {
    const [word] = args.words;
    throw args.unknown(word && { ...word, text: task }, 'task', names);
  }
  refuseAtEnd(d, args);
  const script = byHand.scripts.find((s) => s.task.name === task)!;
  if (byHand.isDone(script)) throw args.wrong(args.words[0], `\`${task}\` has nothing left to do`);
  session.intervene({
    text: `preempt ${task}`,
    apply: (run) => void run.runner.byHand?.prefer(task),
    arenaUsed: 0,
    actions: 0,
  });
  const runs = session.thread === script.task.thread;
  return { ...d.here(), ...(!runs && { note: `${task} comes as soon as its CPU can switch to it` }) };
}

/** A schedule that is carried out says what comes in between: nothing else can. */
function handOrThrow({ session }: Debugger, args: Arguments): ByHand {
  const { byHand } = session.run.runner;
  if (byHand !== undefined) return byHand;
  const help = 'change the schedule, or leave out `--schedule`';
  throw args.wrong(undefined, 'the schedule says what comes in between', { help });
}

function refuseAtEnd({ session }: Debugger, args: Arguments): void {
  if (session.outcome === undefined) return;
  const help = '`reverse-stepi` goes back';
  throw args.wrong(undefined, 'the scenario is over: nothing can come any more', { help });
}
