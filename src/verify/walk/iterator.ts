import type { CallRow } from '../calls/row.js';
import type { Frame } from '../state/frame.js';
import { FLAGS } from '../state/kind.js';
import { NULL, pointer, type Register } from '../state/register.js';
import { EMPTY_SLOT } from '../state/slot.js';
import { argumentName } from './argument-name.js';
import { findEntry, widen } from './loops.js';
import { accessMemory } from './memory.js';
import { acquire, release } from './references.js';
import { refuse } from './refused.js';
import { slotOfObject } from './stack-object.js';
import { frameOf, offsetOf, slotAt } from './stack-place.js';
import type { Walk } from './walk.js';

/** The only sort of iterators that is known here, as the kernel's log names it: `struct bpf_iter_num`, which takes one slot of the stack. */
const NAME = 'num';

const slotOf = (register: Register): number => slotAt(offsetOf(register) ?? 0);

/** The first argument of an iterator's functions: that it is a place on the stack, and what is there (process_iter_arg). */
export function processIterator(walk: Walk, row: CallRow, number: number): void {
  const register = walk.register(number);
  const name = argumentName(walk, number, 'arg #');
  if (register.kind !== 'stack') {
    refuse('EINVAL', `${name} expected pointer to an iterator on stack`);
  }
  const isNew = row.flags.has('iter_new');
  const expected = `expected ${isNew ? 'uninitialized' : 'an initialized'} iter_${NAME} as ${name}`;
  const slot = slotOfObject(register, 'iter', 1);
  if (typeof slot === 'string') refuse('EINVAL', slot, expected);
  const isThere = frameOf(walk.state, register).slot(slot).bytes.charAt(7) === 'i';
  if (isThere === isNew) refuse('EINVAL', expected);
  if (isNew) accessMemory(walk, { register: number, offset: 0, size: 8, mode: 'write' });
}

function put(frame: Frame, index: number, id: number, state: 'active' | 'drained', depth: number): void {
  const target = { iterator: { name: NAME, state, depth } } as const;
  frame.stack[index] = { bytes: 'iiiiiiii', spilled: pointer('stack', { id, target }) };
}

/** A new iterator has to be given back. */
export function makeIterator(walk: Walk, register: Register): void {
  put(frameOf(walk.state, register), slotOf(register), acquire(walk), 'active', 0);
}

export function destroyIterator(walk: Walk, register: Register): void {
  const frame = frameOf(walk.state, register);
  const index = slotOf(register);
  const { id } = frame.slot(index).spilled;
  frame.stack[index] = EMPTY_SLOT;
  release(walk, id);
}

/** Either there is one more, or the iterator is at its end: both are walked (process_iter_next_call). */
export function nextOfIterator(walk: Walk, register: Register): void {
  const frame = frameOf(walk.state, register);
  const index = slotOf(register);
  const { id, target } = frame.slot(index).spilled;
  const depth = target.iterator?.depth ?? 0;
  if (target.iterator?.state === 'active') {
    const { parent } = walk.state;
    const entry = parent === undefined ? undefined : findEntry(walk, parent, walk.slot);
    const more = walk.fork(walk.slot + 1);
    put(frameOf(more, register), index, id, 'active', depth + 1);
    if (entry !== undefined) widen(entry, more);
    const result = more.frame.register(0);
    more.frame.registers[0] = result.with({ flags: result.flags & ~FLAGS.maybeNull });
  }
  put(frame, index, id, 'drained', depth);
  walk.set(0, NULL);
}
