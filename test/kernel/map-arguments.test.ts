import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAP_LEAVES } from '../../src/kernel/map/leaves.js';
import { mapTypeInfo, mapTypeNames } from '../../src/kernel/map/types.js';
import { toAddress } from '../../src/machine/memory.js';
import { startThread } from '../../src/machine/start.js';
import { formatFault } from '../../src/report/fault.js';
import { boot, buffers } from '../support/kernel.js';

/** A map of every type, and a function round every leaf, so that each can be called with anything. */
const MAPS = mapTypeNames().map((type) => {
  const { key, value, family, keys, holdsMaps, entries } = mapTypeInfo(type);
  const fields = [
    ...(key === 'given' ? [keys === undefined ? 'key 4' : 'key 8'] : []),
    ...(value === 'given' ? [family === 'stacks' ? 'value 16' : 'value 12'] : []),
  ];
  if (holdsMaps) fields.push('inner m_array');
  if (entries !== 'none') fields.push(`max_entries ${family === 'ring' ? 4096 : 3}`);
  return `map m_${type} : ${type} { ${fields.join(', ')} }`;
});
const WRAPPERS = MAP_LEAVES.map(
  ({ name }) => `function with_${name}(u64 a, u64 b, u64 c, u64 d, u64 e) {\n    call ${name}\n    exit\n}`,
);
const LAB = `${[...MAPS, ...WRAPPERS].join('\n')}
global data : u64[8]
percpu variable : u64
tracepoint hit()
program p : raw_tp/hit {
    r0 = 0
    exit
}
scenario { cpus 2 }`;

const OPERATIONS = mapTypeNames().flatMap((type) => Object.values(mapTypeInfo(type).operations));
const FUNCTIONS = [
  ...new Set([
    ...OPERATIONS,
    ...WRAPPERS.map((w) => /with_\w+/.exec(w)![0]),
    'bpf_map_lookup_elem',
    'bpf_map_update_elem',
    'bpf_map_delete_elem',
    'bpf_map_lookup_percpu_elem',
    'bpf_for_each_map_elem',
    'bpf_percpu_hash_update',
    'bpf_percpu_hash_copy',
    'bpf_percpu_array_update',
    'bpf_percpu_array_copy',
    'bpf_fd_array_map_update_elem',
    'bpf_fd_array_map_lookup_elem',
    'bpf_fd_htab_map_update_elem',
    'bpf_fd_htab_map_lookup_elem',
    'bpf_map_push_elem',
    'bpf_map_pop_elem',
    'bpf_map_peek_elem',
    'bpf_stackmap_copy',
    'bpf_get_stackid',
    'bpf_get_stack',
    'bpf_this_cpu_ptr',
    'bpf_per_cpu_ptr',
    'map_lookup_elem',
    'map_update_elem',
    'map_delete_elem',
  ]),
];

test('functions of maps end in a result or in a fault, whatever they are given and in whatever order', () => {
  const first = boot(LAB);
  const maps = mapTypeNames().map((type) => first.symbols.addressOf(`m_${type}`));
  const { at, thread } = first.tasks[0]!;
  const buffer = buffers(first);
  const data = first.symbols.addressOf('data');
  const inside = [...first.maps.values()].flatMap((m) => [
    m.head,
    m.elements,
    m.element(1),
    m.slot(m.element(0)),
  ]);
  const special = [
    ...[0n, 1n, 2n, 3n, 8n, 4096n, 0xffff_ffffn, -1n, -4095n, 1n << 31n, 1n << 62n],
    ...[data, data + 3n, data + 60n, first.symbols.addressOf('variable'), first.symbols.addressOf('p$prog')],
    ...[buffer.key, buffer.value, at, thread.at, thread.stack.start, first.memory.limit - 4].map(toAddress),
    ...inside.flatMap((n) => [toAddress(n), toAddress(n + 8), toAddress(n + 16)]),
    first.machine.text.addressOf(first.symbols.functionIndex('bpf_for_each_array_elem')),
  ];
  const value = fc.oneof(
    fc.constantFrom(...maps),
    fc.constantFrom(...special),
    fc.bigInt(-(1n << 63n), (1n << 64n) - 1n),
  );
  // Mostly what is called for, so that calls get far enough to change something.
  const args = fc.tuple(
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...maps) }, value),
    fc.oneof({ weight: 2, arbitrary: fc.constantFrom(data, data + 8n) }, value),
    fc.oneof({ weight: 2, arbitrary: fc.constantFrom(data + 16n, 0n, 12n) }, value),
    fc.oneof({ weight: 2, arbitrary: fc.constantFrom(0n, 1n) }, value),
    value,
  );
  const calls = fc.array(fc.tuple(fc.constantFrom(...FUNCTIONS), args), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(calls, (list) => {
      const kernel = boot(LAB);
      const task = kernel.tasks[0]!;
      for (const [name, given] of list) {
        task.thread.reset();
        const asUnsigned = given.map((n) => BigInt.asUintN(64, n));
        startThread(kernel.machine, task.thread, kernel.symbols.functionIndex(name), asUnsigned);
        const stop = kernel.interpreter.run(task.thread, 20_000);
        if (stop.kind === 'fault') expect(formatFault(stop.fault)).toContain('backtrace');
        else expect(stop.kind).not.toBe('blocked');
      }
    }),
    { numRuns: 60 },
  );
});
