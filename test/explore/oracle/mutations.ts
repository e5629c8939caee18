import type { Mutation } from './mutant.js';

/**
 * Faults that the random labs have to catch, from each of three seeds (of which the first is tried unless ORACLE_ALL is set). The first two are those that 636 random labs and
 * 42,822 random schedules had passed.
 */
export const MUTATIONS: readonly Mutation[] = [
  {
    what: 'words that are only added to keep what is left of runs before',
    file: 'explore/search.ts',
    find: '    this.#store.reset();\n',
    replace: '',
  },
  {
    what: 'a helper looks at the stack of another, which is not loaded',
    file: 'explore/reduce/watcher.ts',
    find: 'if (!this.#isMine(thread, owner, at)) this.layout.refuseForeign(thread, this.#touches.slot);',
    replace: '',
  },
  {
    what: 'load-acquire is not an access',
    file: 'isa/forms.ts',
    find: "  acquire: accesses('load', ",
    replace: "  acquire: accesses('nothing', ",
  },
  {
    what: 'store-release is not an access',
    file: 'isa/forms.ts',
    find: "  release: accesses('store', ",
    replace: "  release: accesses('nothing', ",
  },
  {
    what: 'fetch is not an access',
    file: 'isa/forms.ts',
    find: "  fetch: accesses('update', ",
    replace: "  fetch: accesses('nothing', ",
  },
  {
    what: 'probe_read is taken for a leaf that touches nothing',
    file: 'explore/reduce/leaves.ts',
    find: '=> KIND_OF[leafEffect(name)]',
    replace: "=> (name === 'bpf_probe_read_kernel' ? LEAF.plain : KIND_OF[leafEffect(name)])",
  },
  {
    what: 'memory that a leaf has written is not part of states',
    file: 'explore/reduce/thread-runner.ts',
    find: '    if (this.#watcher.usedLeaf) store.discover((w) => this.access.isInvisible(w));\n    const structure',
    replace: '    const structure',
  },
  {
    what: 'arguments of a helper are dead before its call',
    file: 'explore/state/liveness.ts',
    find: 'return { reads: this.#plain.has(imm) ? 0 : HANDED | this.#strays, writes, next };',
    replace: 'return { reads: 0, writes, next };',
  },
  {
    what: 'what a caller still reads is dead',
    file: 'explore/state/store.ts',
    find: '(live?.before(back) ?? 0xfff)',
    replace: '0',
  },
  {
    what: 'a write is not a conflict with what others read',
    file: 'explore/reduce/access.ts',
    find: 'if (writes) mask |= this.#reads[i]!;',
    replace: '',
  },
  {
    what: 'tasks of other CPUs cannot come between',
    file: 'explore/space.ts',
    find: 'if (c !== cpu || this.canPreempt(state, c))',
    replace: 'if (c === cpu && this.canPreempt(state, c))',
  },
  {
    what: 'exchange is not an access',
    file: 'isa/forms.ts',
    find: "  xchg: accesses('update', ",
    replace: "  xchg: accesses('nothing', ",
    isSlow: true,
  },
  {
    what: 'conditions that must hold always are not looked at by order',
    file: 'explore/reduce/access.ts',
    find: 'this.#words[word]! |= ORDERED | WATCHED;',
    replace: 'this.#words[word]! |= ORDERED;',
    isSlow: true,
  },
];
