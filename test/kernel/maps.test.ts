import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../src/kernel/kernel.js';
import { numberBytes } from '../../src/kernel/map/bytes.js';
import { fromAddress, toAddress } from '../../src/machine/memory.js';
import { boot, buffers, callFunction } from '../support/kernel.js';

const CPUS = 3;
const ENTRIES = 4;
const [ENOENT, E2BIG, EEXIST, EINVAL] = [-2, -7, -17, -22];

/** What is done to a map, by a system call (`cpu` undefined: it runs on CPU 0) or by a program's helper on a CPU. */
interface Step {
  readonly op: 'update' | 'delete' | 'lookup';
  readonly cpu: number | undefined;
  readonly key: number;
  readonly value: number;
  readonly flags: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom('update', 'update', 'delete', 'lookup'),
  cpu: fc.option(fc.nat(CPUS - 1), { nil: undefined }),
  key: fc.nat(7),
  value: fc.nat(1000),
  flags: fc.oneof(fc.constant(0), fc.nat(8)),
});

/** A result as the kernel gives it, or the values that were found: of all CPUs for a system call. */
type Answer = number | readonly number[];

type MapType = 'hash' | 'array' | 'percpu_hash' | 'percpu_array' | 'lru_hash' | 'lru_percpu_hash';

/** What maps of the kernel answer, on a JavaScript Map whose order is that of use. */
class Model {
  readonly type: MapType;
  readonly map = new Map<number, number[]>();

  constructor(type: MapType) {
    this.type = type;
    if (this.isArray) for (let i = 0; i < ENTRIES; i += 1) this.map.set(i, this.zeros());
  }

  get isArray(): boolean {
    return this.type.endsWith('array');
  }

  get isPercpu(): boolean {
    return this.type.includes('percpu');
  }

  zeros(): number[] {
    return Array.from({ length: this.isPercpu ? CPUS : 1 }, () => 0);
  }

  lookup(s: Step): Answer {
    const values = this.map.get(s.key);
    if (values === undefined) return s.cpu === undefined ? ENOENT : 0;
    return s.cpu === undefined || !this.isPercpu ? [...values] : [values[s.cpu]!];
  }

  update(s: Step): Answer {
    if (this.isArray) {
      const fromUser = s.cpu === undefined && this.isPercpu;
      if ((s.flags & ~4) > 2 || (fromUser && s.flags > 2)) return EINVAL;
      if (!this.map.has(s.key)) return E2BIG;
      if ((s.flags & 1) !== 0) return EEXIST;
      if (s.flags > 2) return EINVAL;
    } else {
      if (s.flags > 2) return EINVAL;
      const error = this.presence(s);
      if (error !== 0) return error;
      if (!this.map.has(s.key) && this.map.size === ENTRIES) return E2BIG;
    }
    this.set(s);
    return 0;
  }

  presence({ flags, key }: Step): number {
    if (flags === 1 && this.map.has(key)) return EEXIST;
    return flags === 2 && !this.map.has(key) ? ENOENT : 0;
  }

  set(s: Step): void {
    const values = this.map.get(s.key) ?? this.zeros();
    if (s.cpu === undefined || !this.isPercpu) values.fill(s.value);
    else values[s.cpu] = s.value;
    this.map.set(s.key, values);
  }

  delete(s: Step): Answer {
    if (this.isArray) return EINVAL;
    return this.map.delete(s.key) ? 0 : ENOENT;
  }
}

/** With room for each CPU, whose elements are pending there until it needs one. The map's own has the last number. */
class LruModel extends Model {
  readonly lists = new Map<number, number>();
  readonly free = [...Array.from({ length: CPUS }, () => 0), ENTRIES];
  readonly nextSteal = Array.from({ length: CPUS }, (_, cpu) => cpu);

  #use(key: number): void {
    const values = this.map.get(key)!;
    this.map.delete(key);
    this.map.set(key, values);
  }

  #takeFree(list: number): boolean {
    if (this.free[list] === 0) return false;
    this.free[list]! -= 1;
    return true;
  }

  #evict(list: number): boolean {
    const oldest = [...this.map.keys()].find((key) => this.lists.get(key) === list);
    return oldest !== undefined && this.map.delete(oldest);
  }

  #take(cpu: number): void {
    if (this.#takeFree(cpu)) return;
    for (const [key, list] of this.lists) if (list === cpu) this.lists.set(key, CPUS);
    if (this.#takeFree(CPUS) || this.#evict(CPUS)) return;
    const first = this.nextSteal[cpu]!;
    let victim = first;
    do {
      const isTaken = this.#takeFree(victim) || this.#evict(victim);
      victim = (victim + 1) % CPUS;
      this.nextSteal[cpu] = victim;
      if (isTaken) return;
    } while (victim !== first);
  }

  override lookup(s: Step): Answer {
    if (s.cpu !== undefined && this.map.has(s.key)) this.#use(s.key);
    return super.lookup(s);
  }

  override update(s: Step): Answer {
    const cpu = s.cpu ?? 0;
    if (s.flags > 2) return EINVAL;
    const takes = !this.isPercpu || s.flags !== 2;
    if (takes) this.#take(cpu);
    const error = this.presence(s);
    const isThere = this.map.has(s.key);
    if (takes && (error !== 0 || (isThere && this.isPercpu))) this.free[cpu]! += 1;
    if (error !== 0) return error;
    if (isThere && !this.isPercpu) this.free[this.lists.get(s.key)!]! += 1;
    this.set(s);
    this.#use(s.key);
    if (!isThere || !this.isPercpu) this.lists.set(s.key, cpu);
    return 0;
  }

  override delete(s: Step): Answer {
    if (this.map.has(s.key)) this.free[this.lists.get(s.key)!]! += 1;
    return super.delete(s);
  }
}

/** Does a step on the emulated kernel. */
function onKernel(kernel: Kernel, s: Step, perCpu: boolean): Answer {
  const { memory } = kernel;
  const task = kernel.tasks.find((t) => t.thread.cpu === (s.cpu ?? 0))!;
  const { key, value } = buffers(kernel);
  const values = perCpu && s.cpu === undefined ? CPUS : 1;
  memory.u8.set(numberBytes(BigInt(s.key), 4), key);
  for (let i = 0; i < values; i += 1) memory.writeU64(value + i * 8, BigInt(s.value));
  const args = [kernel.symbols.addressOf('m'), toAddress(key)];
  if (s.op === 'update') args.push(toAddress(value), BigInt(s.flags));
  if (s.op === 'lookup' && s.cpu === undefined) args.push(toAddress(value));
  const prefix = s.cpu === undefined ? '' : 'bpf_';
  const result = callFunction(kernel, `${prefix}map_${s.op}_elem`, args, 1e7, task);
  if (s.op !== 'lookup') return Number(result);
  if (s.cpu === undefined && result !== 0n) return Number(result);
  if (s.cpu !== undefined && result === 0n) return 0;
  const at = s.cpu === undefined ? value : fromAddress(result)!;
  return Array.from({ length: values }, (_, i) => Number(memory.readU64(at + i * 8)));
}

const LAB = (type: MapType): string => `map m : ${type} { key 4, value 8, max_entries ${ENTRIES} }
scenario {
    cpus ${CPUS}
    cpu 0 { }
    cpu 1 { }
    cpu 2 { }
}`;

describe.each<MapType>(['hash', 'array', 'percpu_hash', 'percpu_array', 'lru_hash', 'lru_percpu_hash'])(
  'a map of type %s',
  (type) => {
    test('answers like its model, whatever is done to it from whatever CPU', () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const kernel = boot(LAB(type));
          const model = new (type.startsWith('lru') ? LruModel : Model)(type);
          for (const s of steps) expect(onKernel(kernel, s, model.isPercpu)).toEqual(model[s.op](s));
          for (let key = 0; key < 8; key += 1) {
            for (let cpu = 0; cpu < CPUS; cpu += 1) {
              const bytes = kernel.readElement(kernel.maps.get('m')!, BigInt(key), cpu);
              const value = model.map.get(key)?.[model.isPercpu ? cpu : 0];
              expect(bytes).toEqual(value === undefined ? undefined : numberBytes(BigInt(value), 8));
            }
          }
          for (let cpu = 0; cpu < CPUS; cpu += 1) {
            expect(kernel.preemptCount(cpu)).toBe(0);
            const active = kernel.percpu.at(kernel.percpuVariables.get('bpf_prog_active')!, cpu);
            expect(kernel.memory.readU32(active)).toBe(0);
          }
        }),
        { numRuns: 40 },
      );
    });
  },
);

test('a full LRU map may lose another element when the value of one that is there is changed', () => {
  const kernel = boot(LAB('lru_hash'));
  const update = (key: number): Answer =>
    onKernel(kernel, { op: 'update', cpu: 0, key, value: key, flags: 0 }, false);
  for (const key of [1, 2, 3, 4, 4]) expect(update(key)).toBe(0);
  const map = kernel.maps.get('m')!;
  expect([1n, 2n, 3n, 4n].filter((key) => kernel.readElement(map, key) !== undefined)).toEqual([2n, 3n, 4n]);
});
