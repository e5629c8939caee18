import { expect, test } from 'vitest';
import { dataOf } from '../../src/step/data.js';
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
