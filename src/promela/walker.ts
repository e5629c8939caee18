import type { Liveness } from '../explore/state/liveness.js';
import type { Insn } from '../isa/insn.js';
import type { Kernel } from '../kernel/kernel.js';
import { fromAddress } from '../machine/memory.js';
import { STACK_SIZE } from '../machine/thread.js';
import { InputError } from '../text/diagnostic.js';
import type { Cells } from './cells.js';
import { insnAt, skipped } from './code.js';
import { decide } from './decide.js';
import { Emitter } from './emitter.js';
import { Instructions } from './instructions.js';
import { join } from './join.js';
import { placedText, refuse } from './refuse.js';
import { BEGIN, State } from './state.js';
import { constant, lost, type Value } from './values.js';

/** A step of the model: one access to what others can see, and all that follows it which nobody can see. */
export interface Node {
  readonly id: number;
  /** What has to hold besides that it is the thread's turn. */
  readonly guard: string | undefined;
  readonly lines: readonly string[];
  /** Whether the process is at its end afterwards. */
  readonly ends: 'always' | 'sometimes' | 'never';
}

/** What begins and ends the code of a task or an interrupt. */
export interface Role {
  /** Statements when everything has returned, and the state in which it goes on if there is more to do. */
  finish(state: State, out: Emitter): boolean;
  /** Makes the thread begin its next step; false if that step was not a call, and is over. */
  begin(state: State, out: Emitter): boolean;
  /** What has to hold before the next step can begin. */
  guard(state: State): string | undefined;
}

const MOST_NODES = 4000;
const LONGEST = 5000;
/** A process that is at its end. */
const END = 'DONE';

/**
 * Walks the code of one thread from its entry, as linked, calls included, and writes the steps of its process. What is
 * known while walking (addresses, constants, memory that nothing writes) is put in; what is not becomes a variable named
 * after its register and the depth of calls. A step ends before the next access to a variable that others can reach,
 * before the guard's enter and exit are called, and before a program is.
 */
export class Walker {
  readonly kernel: Kernel;
  readonly cells: Cells;
  readonly cpu: number;
  readonly nodes: Node[] = [];
  readonly variables = new Set<string>();
  readonly guarded = new Set<string>();
  readonly #role: Role;
  readonly #liveness: Liveness;
  readonly #instructions: Instructions;
  readonly #known = new Map<string, number>();
  readonly #open: [number, State][] = [];
  readonly #enter: number;
  readonly #put: number;
  #ways = { ends: 0, all: 0 };
  /** What is being walked. */
  #at = new State();

  constructor(kernel: Kernel, cells: Cells, liveness: Liveness, cpu: number, role: Role) {
    this.kernel = kernel;
    this.cells = cells;
    this.cpu = cpu;
    this.#role = role;
    this.#liveness = liveness;
    this.#instructions = new Instructions(kernel, cells, cpu);
    this.#enter = kernel.symbols.functionIndex('bpf_prog_get_recursion_context');
    this.#put = kernel.symbols.functionIndex('bpf_prog_put_recursion_context');
  }

  /** Writes all steps; number 0 is the first. */
  walk(): void {
    this.#node(new State());
    for (;;) {
      const next = this.#open.shift();
      if (next === undefined) return;
      const [id, state] = next;
      const guard = state.slot === BEGIN ? this.#role.guard(state) : undefined;
      const lines: string[] = [];
      this.#ways = { ends: 0, all: 0 };
      this.#explaining(() => this.#run(state, new Emitter(lines, '', state.variables())));
      const { ends, all } = this.#ways;
      this.nodes[id] = {
        id,
        guard,
        lines,
        ends: ends === 0 ? 'never' : ends === all ? 'always' : 'sometimes',
      };
    }
  }

  /** Adds to what was refused how the code came there. */
  #explaining(work: () => void): void {
    try {
      work();
    } catch (e) {
      if (!(e instanceof InputError)) throw e;
      const calls = this.#at.frames.map((f) => f.returnSlot - 1).filter((s) => s >= 0);
      const notes = calls.reverse().map((s) => `called by ${placedText(this.kernel.machine, s)}`);
      throw new InputError(...e.diagnostics.map((d) => ({ ...d, notes: [...(d.notes ?? []), ...notes] })));
    }
  }

  #node(state: State): number {
    const key = state.key();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const id = this.#known.size;
    if (id >= MOST_NODES)
      refuse(
        this.kernel.machine,
        state.slot,
        `the code has more than ${MOST_NODES} steps`,
        'bound its loops',
      );
    this.#known.set(key, id);
    this.#open.push([id, state]);
    return id;
  }

  /** Ends a step before the instruction it is at. */
  #end(state: State, out: Emitter): void {
    if (state.slot !== BEGIN) state.prune(this.#liveness);
    this.#close(String(this.#node(state)), state.variables(), out);
  }

  #close(pc: string, live: ReadonlySet<string>, out: Emitter): void {
    for (const name of [...out.touched, ...live]) this.variables.add(name);
    out.reset(live);
    out.emit(`pc = ${pc};`);
    this.#ways.all += 1;
    if (pc === END) this.#ways.ends += 1;
  }

  #run(state: State, out: Emitter): void {
    while (this.#goesOn(state, out));
  }

  /** Walks one instruction; false if the step has been written to its end. */
  #goesOn(state: State, out: Emitter): boolean {
    const { machine } = this.kernel;
    if (state.slot === BEGIN) {
      if (this.#role.begin(state, out)) return true;
      this.#finish(state, out);
      return false;
    }
    out.insns += 1;
    this.#at = state;
    const { slot } = state;
    if (out.insns > LONGEST)
      refuse(machine, slot, 'the code goes on without end and touches nothing others see');
    const insn = insnAt(machine, slot);
    const { form } = insn.op;
    if (form === 'jump_imm' || form === 'jump_reg') return !this.#jump(insn, state, out);
    if (form === 'exit') return !this.#exit(state, out);
    if (form === 'call_local' || form === 'callx') {
      const fn = form === 'callx' ? this.#functionAt(slot, state.get(insn.dst)) : insn.imm;
      const isProgram = machine.text.functions[fn]!.kind === 'program';
      if (!(fn === this.#enter || fn === this.#put || isProgram) || out.insns === 1) {
        this.#call(fn, state, out);
        return true;
      }
    } else if (this.#instructions.plain(insn, state, out)) return true;
    this.#end(state, out);
    return false;
  }

  /** Everything has returned. */
  #finish(state: State, out: Emitter): void {
    if (this.#role.finish(state, out)) this.#end(state, out);
    else this.#close(END, new Set(), out);
  }

  #functionAt(slot: number, v: Value): number {
    const { machine } = this.kernel;
    if (v.kind === 'lost') this.cells.demand(v.cells);
    const at = v.kind === 'const' ? machine.text.slotOf(v.value) : undefined;
    const fn = at === undefined ? undefined : machine.text.functionStartingAt(at);
    return fn?.index ?? refuse(machine, slot, 'which function it calls is not known');
  }

  #call(fn: number, state: State, out: Emitter): void {
    const { machine } = this.kernel;
    const { slot } = state;
    if (machine.text.functions[fn]!.kind === 'program') {
      out.comment(`the body of ${machine.text.functions[fn]!.name}`);
      state.clobber();
      state.set(0, lost('what a program returns, whose body is left out'));
      state.slot = slot + 1;
      return;
    }
    if (fn === this.#enter || fn === this.#put) this.#guard(fn, state, out);
    state.push(fn, machine.text.entries[fn * 2 + 1]!, slot + 1);
    if (state.frame.bottom < -STACK_SIZE) refuse(machine, slot, 'the kernel stack overflows');
    state.slot = machine.text.entries[fn * 2]!;
  }

  /** An instance begins to enter, or to leave. */
  #guard(fn: number, state: State, out: Emitter): void {
    const prog = state.get(1);
    const program = prog.kind === 'const' ? this.kernel.programAt(fromAddress(prog.value) ?? 0) : undefined;
    if (program === undefined)
      refuse(this.kernel.machine, state.slot, 'which program it is about is not known');
    const name = `instances_${program!.name}_cpu${this.cpu}`;
    this.guarded.add(name);
    out.comment(`${fn === this.#enter ? 'enter' : 'exit'} for ${program!.name}`);
    if (fn === this.#enter) {
      state.instances.push({ name, phase: 'entering' });
      out.emit(`enter(${name});`);
      return;
    }
    const instance = state.instances.pop();
    if (instance === undefined || instance.name !== name)
      refuse(this.kernel.machine, state.slot, 'it leaves what was not entered');
    if (instance!.phase === 'admitted') out.emit(`leave(${name});`);
    state.instances.push({ name, phase: 'leaving' });
  }

  /** Returns from a function; true if the step is over. */
  #exit(state: State, out: Emitter): boolean {
    const { fn } = state.frame;
    const result = state.get(0);
    const exitSlot = state.slot;
    state.slot = state.pop();
    if (state.frames.length === 0) {
      state.slot = BEGIN;
      this.#finish(state, out);
      return true;
    }
    if (fn === this.#put) out.emit(`gone(${state.instances.pop()!.name});`);
    if (fn !== this.#enter) return false;
    const { name } = state.instances.pop()!;
    const admit = (s: State, o: Emitter, isAdmitted: boolean): void => {
      s.instances.push({ name, phase: isAdmitted ? 'admitted' : 'refused' });
      o.emit(`${isAdmitted ? 'admit' : 'refuse'}(${name});`);
    };
    const r0 = this.#instructions.accesses.needed(exitSlot, result);
    if (r0.kind === 'const') {
      admit(state, out, r0.value !== 0n);
      return false;
    }
    const refused = state.clone();
    refused.set(0, constant(0n));
    if (r0.kind === 'var') state.set(0, { ...r0, nonzero: true });
    const test = r0.kind === 'var' ? `${r0.name} != 0` : `c_expr { @->${r0.name} != 0 }`;
    this.#fork(test, out, [
      (o) => {
        admit(state, o, true);
        this.#run(state, o);
      },
      (o) => {
        admit(refused, o, false);
        this.#run(refused, o);
      },
    ]);
    return true;
  }

  #fork(test: string, out: Emitter, ways: readonly [(o: Emitter) => void, (o: Emitter) => void]): void {
    out.emit('if', `:: ${test} ->`);
    ways[0](out.branch());
    out.emit(':: else ->');
    ways[1](out.branch());
    out.emit('fi;');
  }

  /** A conditional jump; true if the step has been written to its end, on both ways. */
  #jump(insn: Insn, state: State, out: Emitter): boolean {
    const { machine } = this.kernel;
    const { slot } = state;
    const src = insn.op.form === 'jump_imm' ? constant(BigInt(insn.imm)) : state.get(insn.src);
    const decision = decide(insn, state.get(insn.dst), src);
    const target = slot + 1 + insn.off;
    if (decision.kind === 'known') {
      state.slot = decision.taken ? target : slot + 1;
      return false;
    }
    if (decision.kind === 'lost') {
      this.cells.demand(decision.value.cells);
      return refuse(machine, slot, `it is decided by ${decision.value.reason ?? 'what is not known'}`);
    }
    const { text, isC } = decision.expression;
    const test = isC ? `c_expr { ${text} }` : text;
    if (target > slot + 1 && this.#skip(test, slot, target, state, out)) return false;
    const taken = state.clone();
    taken.slot = target;
    state.slot = slot + 1;
    this.#fork(test, out, [(o) => this.#run(taken, o), (o) => this.#run(state, o)]);
    return true;
  }

  /** A jump over a piece of arithmetic: both ways go on together, where what differs are small numbers. */
  #skip(test: string, slot: number, target: number, state: State, out: Emitter): boolean {
    const { machine } = this.kernel;
    const slots = skipped(machine, slot, target);
    if (slots === undefined) return false;
    const [over, through] = [state.clone(), state.clone()];
    const [a, b] = [out.aside(), out.aside()];
    for (const s of slots) {
      through.slot = s;
      this.#instructions.plain(insnAt(machine, s), through, b);
    }
    const live = this.#liveness.before(target);
    for (let r = 0; r < 10; r += 1) {
      if ((live & (1 << r)) === 0) continue;
      const joined = join(this.#instructions.name(r, state), [over.get(r), through.get(r)], [a, b]);
      if (joined === undefined) return false;
      state.set(r, joined);
    }
    for (const e of [a, b]) for (const name of e.touched) out.touched.add(name);
    const ways = [a, b].map((e) => (e.lines.length === 0 ? [] : e.lines));
    out.emit('if', `:: ${test}${ways[0]!.length > 0 ? ' ->' : ''}`);
    out.lines.push(...ways[0]!);
    out.emit(`:: else${ways[1]!.length > 0 ? ' ->' : ''}`);
    out.lines.push(...ways[1]!);
    out.emit('fi;');
    state.slot = target;
    return true;
  }
}
