import { expect, test } from 'vitest';
import { parseOrThrow } from '../../src/lab/environment.js';
import { beginScenario, scenariosOf } from '../../src/lab/run.js';
import { dataOf } from '../../src/step/data.js';
import { environment } from '../support/environment.js';
import { boot, buffers, callFunction } from '../support/kernel.js';

const LAB = `map h : hash { key 4, value 8, max_entries 8 }
map a : array { key 4, value 4, max_entries 3 }
map p : percpu_hash { key 4, value 8, max_entries 2 }
map r : ringbuf { max_entries 4096 }
global one : s32 = -5
global many : u16[40]
function work(u64 x) {
    r0 = 0
    exit
}
program on_work : fentry/work {
    r0 = 0
    exit
}
scenario {
    cpus 2
    cpu 0 { call work(1) }
}
`;

test('what memory holds: globals, maps and counters, and how much more there is', () => {
  const kernel = boot(LAB);
  const before = dataOf(kernel, 4, (name) => name === 'one' || name === 'many');
  expect(before.globals).toEqual([
    { name: 'one', values: [-5n], count: 1, isArray: false },
    { name: 'many', values: [0n, 0n, 0n, 0n], count: 40, isArray: true },
  ]);
  expect(before.maps.map(({ name, count }) => [name, count])).toEqual([
    ['h', 0],
    ['a', 3],
    ['p', 0],
    ['r', 0],
  ]);
  expect(before.counters).toEqual([{ program: 'on_work', runCnt: 0n, recursionMisses: 0n, linkMissed: 0n }]);
  const { key, value } = buffers(kernel);
  const address = (at: number): bigint => 0xffff8000_00000000n + BigInt(at);
  const update = (map: string, k: number, v: bigint): void => {
    kernel.memory.writeU32(key, k);
    kernel.memory.writeU64(value, v);
    const at = kernel.maps.get(map)!.at;
    expect(callFunction(kernel, 'bpf_map_update_elem', [address(at), address(key), address(value), 0n])).toBe(
      0n,
    );
  };
  for (let k = 0; k < 6; k += 1) update('h', k, BigInt(k) * 10n);
  update('p', 7, 77n);
  const { maps } = dataOf(kernel, 4, () => false);
  const [h, , p] = maps;
  expect(h!.count).toBe(6);
  expect(h!.elements).toHaveLength(4);
  for (const { key: k, values } of h!.elements) expect(values[0]![0]).toBe(k[0]! * 10);
  // One value for each CPU: that of the CPU it was written on.
  expect(p!.elements[0]!.key[0]).toBe(7);
  expect(p!.elements[0]!.values.map((v) => v[0])).toEqual([77, 0]);
});

const OTHERS = `map line : queue { value 8, max_entries 4 }
map pile : stack { value 8, max_entries 4 }
map routes : lpm_trie { key 8, value 8, max_entries 4 }
map small : array { value 8, max_entries 1 }
map row : array_of_maps { max_entries 2, inner small }
map named : hash_of_maps { key 4, max_entries 2, inner small }
map groups : cgroup_array { max_entries 2 }
map mine : task_storage { value 8 }
map events : perf_event_array { }
map stacks : stack_trace { value 16, max_entries 4 }
tracepoint hit(u64 n)
program p : tp_btf/hit {
    r6 = r1
    r7 = *(u64 *)(r1 + 0)
    *(u64 *)(r10 - 8) = r7
    r2 = events ll
    r3 = 0xffffffff ll
    r4 = r10
    r4 += -8
    r5 = 8
    call bpf_perf_event_output
    r1 = r6
    r2 = stacks ll
    r3 = 0
    call bpf_get_stackid
    r0 = 0
    exit
}
scenario {
    cpus 2
    cpu 0 {
        update line[0] = 1  update line[0] = 2  update pile[0] = 1  update pile[0] = 2
        update routes[0x0000000a00000008] = 9  update row[1] = small  update named[5] = small
        update groups[1] = 1  update mine[1000] = 40  fire hit(3)  fire hit(4)
    }
    cpu 1 { fire hit(5) }
}
`;

test('what the other types of maps hold', () => {
  const lab = parseOrThrow({ name: 'others.bpf', text: OTHERS });
  const { kernel, runner } = beginScenario(lab, scenariosOf(lab)[0]!, environment, {});
  expect(runner.run().kind).toBe('finished');
  const held = dataOf(kernel, 2, () => false).maps.map(({ name, elements, count }) => {
    const of = elements.map(({ key, values }) => [key[0], ...values.map((v) => v[0])]);
    return [name, count, ...of] as const;
  });
  const id = kernel.readElement(kernel.maps.get('row')!, 1n)![0];
  expect(held.filter(([name]) => name !== 'stacks')).toEqual([
    ['line', 2, [undefined, 1], [undefined, 2]],
    ['pile', 2, [undefined, 2], [undefined, 1]],
    ['routes', 1, [8, 9]],
    ['small', 1, [0, 0]],
    ['row', 1, [1, id]],
    ['named', 1, [5, id]],
    ['groups', 1, [1, 1]],
    ['mine', 1, [0xe8, 40]],
    ['events', 2, [undefined, 3, 5], [undefined, 4, undefined]],
  ]);
  const [, count, trace] = held.at(-1)!;
  expect([count, trace]).toEqual([1, [expect.any(Number), expect.any(Number)]]);
});
