import type { Mutation } from './mutant.js';

/**
 * Faults that the random labs have to catch: from each of three seeds with ORACLE_ALL, otherwise from the first, where the
 * lab that is known to catch it comes first. The first two are those that 636 random labs and 42,822 random schedules had
 * passed.
 */
export const MUTATIONS: readonly Mutation[] = [
  {
    what: 'words that are only added to keep what is left of runs before',
    file: 'explore/search.ts',
    find: '    this.#store.reset();\n',
    replace: '',
    lab: 232,
  },
  {
    what: 'a helper looks at the stack of another, which is not loaded',
    file: 'explore/reduce/watcher.ts',
    find: 'if (!this.#isMine(thread, owner, at)) this.layout.refuseForeign(thread, this.#touches.slot);',
    replace: '',
    lab: 20,
  },
  {
    what: 'load-acquire is not an access',
    file: 'isa/forms.ts',
    find: "  acquire: accesses('load', ",
    replace: "  acquire: accesses('nothing', ",
    lab: 3,
  },
  {
    what: 'store-release is not an access',
    file: 'isa/forms.ts',
    find: "  release: accesses('store', ",
    replace: "  release: accesses('nothing', ",
    lab: 49,
  },
  {
    what: 'fetch is not an access',
    file: 'isa/forms.ts',
    find: "  fetch: accesses('update', ",
    replace: "  fetch: accesses('nothing', ",
    lab: 60,
  },
  {
    what: 'probe_read is taken for a leaf that touches nothing',
    file: 'explore/reduce/leaves.ts',
    find: '=> KIND_OF[leafEffect(name)]',
    replace: "=> (name === 'bpf_probe_read_kernel' ? LEAF.plain : KIND_OF[leafEffect(name)])",
    lab: 23,
  },
  {
    what: 'memory that a leaf has written is not part of states',
    file: 'explore/reduce/thread-runner.ts',
    find: '    this.#watcher.discover();\n    const structure',
    replace: '    const structure',
    lab: 2,
  },
  {
    what: 'what a leaf was pointed at and has written is not part of states',
    file: 'explore/reduce/leaves.ts',
    find: "if (access !== 'read') this.written.push({ at, size });",
    replace: '',
    lab: 2,
  },
  {
    what: 'what a leaf has written of maps is not part of states',
    file: 'explore/state/store.ts',
    find: 'forEachChanged(i32, boot, { from: from << 1, to: to << 1 }, find);',
    replace: '',
    lab: 2,
  },
  {
    what: 'arguments of a helper are dead before its call',
    file: 'explore/state/liveness.ts',
    find: 'return { reads: this.#plain.has(imm) ? 0 : HANDED | this.#strays, writes: own.writes };',
    replace: 'return { reads: 0, writes: own.writes };',
    lab: 5,
  },
  {
    what: 'what a caller still reads is dead',
    file: 'explore/state/store.ts',
    find: 'this.liveBefore(back)',
    replace: '0',
    lab: 2,
  },
  {
    what: 'a write is not a conflict with what others read',
    file: 'explore/reduce/access.ts',
    find: 'if (writes) mask |= this.#reads[i]!;',
    replace: '',
    lab: 3,
  },
  {
    what: 'tasks of other CPUs cannot come between',
    file: 'explore/actors.ts',
    find: 'let always = left & ~here &',
    replace: 'let always = left & ~((1 << layout.firstSource) - 1) &',
    lab: 1,
  },
  {
    what: 'exchange is not an access',
    file: 'isa/forms.ts',
    find: "  xchg: accesses('update', ",
    replace: "  xchg: accesses('nothing', ",
    lab: 3,
  },
  {
    what: 'conditions that must hold always are not looked at by order',
    file: 'explore/reduce/access.ts',
    find: 'this.#words[word]! |= ORDERED | WATCHED;',
    replace: 'this.#words[word]! |= ORDERED;',
    lab: 1,
  },
  {
    what: 'a thread is taken to be alone where hardirqs can come',
    file: 'explore/actors.ts',
    find: '(this.always | this.ifPreempted | this.ifIrqsOn) === 0',
    replace: '(this.always | this.ifPreempted) === 0',
    lab: 0,
  },
  {
    what: 'a thread is taken to be alone where others may preempt it',
    file: 'explore/actors.ts',
    find: '(this.always | this.ifPreempted | this.ifIrqsOn) === 0',
    replace: '(this.always | this.ifIrqsOn) === 0',
    lab: 0,
  },
];
