import { expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

/** A program that adds to an element, where there is one, and a task that puts it there. */
const lab = (map: string, key: string, finally_: string): string => `map m : ${map}
global n : u64
function work() {
    r0 = 0
    exit
}
program adds : fentry/work {
    ${key}
    r1 = m ll
    r2 = r10
    r2 += -8
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r2 = *(u64 *)(r0 + 0)
    r2 += 1
    *(u64 *)(r0 + 0) = r2
out:
    r1 = n ll
    r2 = 1
    lock *(u64 *)(r1 + 0) += r2
    r0 = 0
    exit
}
scenario {
    cpus 2
    task A cpu 0 { update m[1] = 5 }
    task B cpu 1 { call work() }
    finally ${finally_}
}`;

const explored = async (text: string): Promise<string> => (await tinybpfHere(['explore', '-'], text)).stdout;

test.each([
  ['hash { key 4, value 8, max_entries 2 }', '*(u32 *)(r10 - 8) = 1', 'htab_map_lookup_elem: call htab_find'],
  [
    'lru_hash { key 4, value 8, max_entries 2 }',
    '*(u32 *)(r10 - 8) = 1',
    'htab_lru_map_lookup_elem: call htab_lru_find',
  ],
])('a counterexample shows a lookup in %s that finds nothing', async (map, key, call) => {
  expect(await explored(lab(map, key, 'm[1] == 6'))).toContain(`${call}   finds nothing`);
});

test('not one that finds something, nor one of a map that no condition reads', async () => {
  const hash = 'hash { key 4, value 8, max_entries 2 }';
  const key = '*(u32 *)(r10 - 8) = 1';
  expect(await explored(lab(hash, key, 'm[1] == 5'))).not.toContain('finds nothing');
  const other = await explored(lab(hash, key, 'n == 2'));
  expect(other).toContain('BROKEN finally');
  expect(other).not.toContain('finds nothing');
});
