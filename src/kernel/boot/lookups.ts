import { FORMS } from '../../isa/forms.js';
import { TEXT_HIGH } from '../../machine/text.js';
import { buildGraph, type PlacedOp } from '../../machine/wasm/graph.js';
import { Finder, meet, NOTHING_KNOWN } from '../../machine/wasm/pointers.js';
import type { KnownRegisters } from '../../machine/wasm/scope.js';
import type { Kernel } from '../kernel.js';
import type { MapType } from '../map/types.js';
import { isOlder } from '../model.js';

/** The leaf that does what the map_gen_lookup of a type has programs do, and the release that brought that (kernel/bpf/arraymap.c). */
const IN_PLACE: Readonly<Partial<Record<MapType, { readonly leaf: string; readonly since: string }>>> = {
  array: { leaf: 'array_map_gen_lookup', since: '4.12' },
  percpu_array: { leaf: 'percpu_array_map_gen_lookup', since: '6.10' },
  array_of_maps: { leaf: 'array_of_map_gen_lookup', since: '4.14' },
};

/** A call, and what is known of registers before it on every way there. */
interface Call {
  readonly it: PlacedOp;
  readonly known: KnownRegisters;
}

const NO_TARGETS = (): readonly number[] => [];

/** What a function is known to get in its registers: of r1 to r5, places in memory. */
const argumentsIn = (known: KnownRegisters): KnownRegisters =>
  known.map((k, n) => (n >= 1 && n <= 5 && k?.base === 'memory' ? k : undefined));

/**
 * The calls in the functions of a program, the first of which is its main one; none where control may go to an address in a
 * register. Where a function may be called through a pointer, nothing is known of any one's arguments.
 */
function callsIn({ machine }: Kernel, functions: readonly number[]): readonly Call[] {
  const { text } = machine;
  const finder = new Finder(machine, () => undefined);
  const graphs = new Map(
    functions.map((fn) => [fn, buildGraph(text, text.functions[fn]!.start, NO_TARGETS)]),
  );
  const ops = [...graphs.values()].flatMap((graph) => graph.blocks.flatMap((block) => block.ops));
  if (ops.some(({ op }) => FORMS[op.form].flow === 'indirect')) return [];
  const hasPointers = ops.some(
    ({ op, hi }) => op.form === 'callx' || (op.form === 'wide' && (hi | 0) === TEXT_HIGH),
  );
  const entries = new Map(
    functions.flatMap((fn, i) => (i === 0 || hasPointers ? [[fn, NOTHING_KNOWN] as const] : [])),
  );
  const calls = new Map<number, readonly Call[]>();
  const work = new Set(entries.keys());
  for (const fn of work) {
    work.delete(fn);
    const graph = graphs.get(fn)!;
    const before = finder.atBlocks(undefined, graph, entries.get(fn)!);
    const found: Call[] = [];
    for (const block of graph.blocks) {
      let known = before[block.order]!;
      for (const it of block.ops) {
        if (FORMS[it.op.form].flow === 'call') found.push({ it, known });
        known = finder.after(undefined, it, known);
      }
    }
    calls.set(fn, found);
    for (const { it, known } of found) {
      if (it.op.form !== 'call_local' || !graphs.has(it.imm)) continue;
      const old = entries.get(it.imm);
      const now = old === undefined ? argumentsIn(known) : meet(old, argumentsIn(known));
      entries.set(it.imm, now);
      if (now !== old) work.add(it.imm);
    }
  }
  return [...calls.values()].flat();
}

/**
 * Has programs look up in place what they name, as the kernel does when it loads them (do_misc_fixups, kernel/bpf/verifier.c):
 * where a map is known whose type has map_gen_lookup, bpf_map_lookup_elem and the map's own operation are not called, so that
 * nobody who traces these sees anything. Linux writes some instructions there; here it is a leaf, which is one.
 */
export function lookUpInPlace(kernel: Kernel, faulty: ReadonlySet<number>): void {
  const { machine, symbols, model } = kernel;
  const { text } = machine;
  const helper = symbols.functionIndex('bpf_map_lookup_elem');
  const maps = new Map([...kernel.maps.values()].map((map) => [map.at, IN_PLACE[map.definition.type]]));
  for (const { fn } of kernel.programs.values()) {
    const functions = faulty.has(fn) ? [] : text.placementOf(fn)!.indices;
    if (!functions.some((f) => text.isCallIn(f, helper))) continue;
    for (const { it, known } of callsIn(kernel, functions)) {
      if (it.op.form !== 'call_local' || it.imm !== helper || known[1]?.base !== 'memory') continue;
      const inPlace = maps.get(known[1].plus);
      if (inPlace === undefined || isOlder(model.release, inPlace.since)) continue;
      text.patchCall(it.slot, symbols.leafIndex(inPlace.leaf));
    }
  }
}
