import type { Machine } from '../machine.js';
import type { Thread } from '../thread.js';
import { dstOf, opOf, WORDS_PER_SLOT } from '../word.js';
import type { Seen } from './graph.js';

/** Targets compiled for one indirect jump or call; where there are more, the others are left to the interpreter. */
const MOST_TARGETS = 64;

/** Where indirect calls and jumps have been seen to go: functions by index, or slots. */
export class Learned {
  readonly #machine: Machine;
  readonly #targets = new Map<number, number[]>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  readonly seen: Seen = (slot) => this.#targets.get(slot) ?? [];

  #add(slot: number, target: number): boolean {
    const targets = this.#targets.get(slot) ?? [];
    if (targets.includes(target) || targets.length >= MOST_TARGETS) return false;
    this.#targets.set(slot, [...targets, target]);
    return true;
  }

  /** Learns where the instruction a thread is at goes, if it is indirect; true if that was new. */
  learn(thread: Thread): boolean {
    const { text } = this.#machine;
    const slot = thread.pc;
    const word = text.code[slot * WORDS_PER_SLOT] ?? 0;
    const form = opOf(word).form;
    if (form !== 'callx' && form !== 'gotox') return false;
    const target = text.slotOf(thread.getRegister(dstOf(word)));
    if (target === undefined) return false;
    if (form === 'callx') {
      const fn = text.functionStartingAt(target);
      return (
        fn !== undefined && this.#machine.tracker?.isTracked(target) !== true && this.#add(slot, fn.index)
      );
    }
    return (
      text.at(target)?.fn === text.at(slot)?.fn && text.at(target) !== undefined && this.#add(slot, target)
    );
  }
}
