import type { LeafCall } from '../../machine/leaf.js';
import { objectAt } from '../../machine/locate.js';
import { toAddress } from '../../machine/memory.js';
import { Trap } from '../../machine/trap.js';
import { MAP } from '../layout.js';
import type { BpfMap } from './storage.js';
import { type MapTypes, mapTypesWhere } from './types.js';

/**
 * The maps by the offset of their structure, and the programs a program array can hold by their number. Leaves look their
 * arguments up here and believe nothing that programs could have written.
 */
export class MapTable {
  readonly #maps = new Map<number, BpfMap>();
  /** Those that are ring buffers. */
  readonly rings: BpfMap[] = [];
  readonly programs = new Map<number, ProgramEntry>();
  /** Offsets of the tasks that a system call can name. */
  readonly tasks: number[] = [];
  /** Functions that stand for user space's, since programs are on them as on those. */
  readonly userFunctions = new Set<string>();
  /** Addresses at which there is nothing that were given for tasks, which counted as null pointers. */
  readonly madeUpTasks = new Set<bigint>();

  add(map: BpfMap): void {
    this.#maps.set(map.at, map);
    if (map.info.family === 'ring') this.rings.push(map);
  }

  /** The map with a number: they are numbered from 1, in the order in which they were made. */
  byNumber(number: number): BpfMap | undefined {
    return [...this.#maps.values()][number - 1];
  }

  all(): Iterable<BpfMap> {
    return this.#maps.values();
  }

  /**
   * The map whose address is in argument `n`; of one of the types of which `holds` is true. The kernel's verifier refuses programs that pass
   * something else (check_map_func_compatibility); here it is a fault.
   */
  argument(call: LeafCall, n: number, holds: MapTypes): BpfMap {
    const map = this.#maps.get(call.offset(n) ?? 0);
    if (map !== undefined && holds(map.info)) {
      // That may be touched for sure: nothing poisons a map's structure.
      call.touched?.(map.at, MAP.size, 'read');
      return map;
    }
    const at = call.pointer(n, MAP.size);
    if (map === undefined) {
      const name = objectAt(call.machine.memory, at)?.name ?? 'memory';
      return refuse(at, `argument ${n} is the address of ${name}, which is not a map`);
    }
    const { name, type } = map.definition;
    return refuse(at, `map ${name} is of type ${type}; this needs ${mapTypesWhere(holds).join(' or ')}`);
  }
}

export interface ProgramEntry {
  /** Offset of its struct bpf_prog. */
  readonly at: number;
  /** Programs of one array must have the same (bpf_prog_map_compatible). */
  readonly owner: number;
  /** Whether another one is in its place now, on a kernel that keeps such ones out. */
  readonly isKeptOut: () => boolean;
}

/** Ends the run: a program passed what the kernel's verifier would not have let it pass. */
export function refuse(at: number, what: string): never {
  throw new Trap('bad_argument', toAddress(at), 0, 'call', what);
}
