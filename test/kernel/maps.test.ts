import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Kernel, numberBytes } from '../../src/kernel/kernel.js';
import { toAddress } from '../../src/machine/memory.js';
import { boot, callFunction } from '../support/kernel.js';

type Step =
  | { readonly op: 'update'; readonly key: number; readonly value: number; readonly flags: number }
  | { readonly op: 'delete'; readonly key: number }
  | { readonly op: 'lookup'; readonly key: number };

const key = fc.integer({ min: 0, max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    op: fc.constant('update' as const),
    key,
    value: fc.nat(1000),
    flags: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({ op: fc.constant('delete' as const), key }),
  fc.record({ op: fc.constant('lookup' as const), key }),
);

const ENTRIES = 4;
const [ENOENT, E2BIG, EEXIST, EINVAL] = [-2n, -7n, -17n, -22n];

/** What a hash map of the kernel answers, on a JavaScript Map. */
function hashModel(map: Map<number, number>, s: Step): bigint {
  const has = map.has(s.key);
  if (s.op === 'lookup') return has ? BigInt(map.get(s.key)!) : 0n;
  if (s.op === 'delete') return map.delete(s.key) ? 0n : ENOENT;
  if (s.flags > 2) return EINVAL;
  if (s.flags === 1 && has) return EEXIST;
  if (s.flags === 2 && !has) return ENOENT;
  if (!has && map.size >= ENTRIES) return E2BIG;
  map.set(s.key, s.value);
  return 0n;
}

function arrayModel(map: Map<number, number>, s: Step): bigint {
  const inside = s.key < ENTRIES;
  if (s.op === 'lookup') return inside ? BigInt(map.get(s.key) ?? 0) : 0n;
  if (s.op === 'delete') return EINVAL;
  if (s.flags > 2) return EINVAL;
  if (!inside) return E2BIG;
  if (s.flags === 1) return EEXIST;
  map.set(s.key, s.value);
  return 0n;
}

/** Does a step as a system call would, and reads the value behind a found pointer. */
function onKernel(kernel: Kernel, s: Step): bigint {
  const { buffer } = kernel.tasks[0]!;
  kernel.memory.u8.set(numberBytes(BigInt(s.key), 4), buffer.key.start);
  const args = [kernel.symbols.addressOf('m'), toAddress(buffer.key.start)];
  if (s.op === 'update') {
    kernel.memory.u8.set(numberBytes(BigInt(s.value), 8), buffer.value.start);
    args.push(toAddress(buffer.value.start), BigInt(s.flags));
  }
  const result = callFunction(kernel, `map_${s.op}_elem`, args);
  if (s.op !== 'lookup' || result === 0n) return result;
  return kernel.memory.readU64(Number(BigInt.asUintN(32, result)));
}

describe.each([
  ['hash', hashModel],
  ['array', arrayModel],
] as const)('a map of type %s', (type, model) => {
  test('answers like its model, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const kernel = boot(`map m : ${type} { key 4, value 8, max_entries ${ENTRIES} }\nscenario { }`);
        const map = new Map<number, number>();
        for (const s of steps) expect(onKernel(kernel, s)).toBe(model(map, s));
        expect(kernel.preemptCount(0)).toBe(0);
        const active = kernel.percpu.at(kernel.percpuVariables.get('bpf_prog_active')!, 0);
        expect(kernel.memory.readU32(active)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
