import type { Kernel } from '../kernel/kernel.js';
import { type MapContents, readContents } from '../kernel/map/contents.js';

/** A variable of the lab, with its elements if it is an array. */
interface GlobalView {
  readonly name: string;
  readonly values: readonly bigint[];
  /** Elements in all, of which `values` has the first. */
  readonly count: number;
  readonly isArray: boolean;
}

interface MapView extends MapContents {
  readonly name: string;
  readonly type: string;
}

/** What a program has counted so far, summed over CPUs. */
interface CounterView {
  readonly program: string;
  readonly runCnt: bigint;
  readonly recursionMisses: bigint;
  readonly linkMissed: bigint;
}

/** What a scenario's memory holds: everything that an expectation can ask for. */
export interface DataView {
  readonly globals: readonly GlobalView[];
  readonly maps: readonly MapView[];
  readonly counters: readonly CounterView[];
}

/** Reads counters, maps, and the globals of some names, up to `most` elements of each. */
export function dataOf(kernel: Kernel, most: number, isShown: (name: string) => boolean): DataView {
  const shown = [...kernel.globals.values()].filter((global) => isShown(global.name));
  const globals = shown.map((global): GlobalView => {
    const { name, count, isArray } = global;
    const values = Array.from({ length: Math.min(most, count) }, (_, i) => kernel.readGlobal(global, i));
    return { name, values, count, isArray };
  });
  const maps = [...kernel.maps.values()].map((map): MapView => {
    const { name, type } = map.definition;
    return { name, type, ...readContents(map, most) };
  });
  const counters = [...kernel.programs.values()].map((program): CounterView => {
    const { runCnt, recursionMisses, linkMissed } = kernel.stats(program);
    return { program: program.name, runCnt, recursionMisses, linkMissed };
  });
  return { globals, maps, counters };
}
