import { expect, test } from 'vitest';
import { PercpuArea, percpuMemory } from '../../../src/kernel/percpu/area.js';
import { balance } from '../../../src/kernel/percpu/balance.js';
import { geometryFor } from '../../../src/kernel/percpu/geometry.js';
import { objectAt } from '../../../src/machine/locate.js';
import { fromAddress, KIND, Memory } from '../../../src/machine/memory.js';

const CPUS = 3;
const geometry = geometryFor(0x120);
const spec = { cpus: CPUS, geometry };

function area(
  requests: readonly { size: number; align: number }[] = [],
  spare = 1,
): { memory: Memory; area: PercpuArea } {
  const memory = new Memory(percpuMemory(spec, requests, spare) + 65536);
  return { memory, area: new PercpuArea(memory, spec) };
}

function allocate(percpu: PercpuArea, name: string, size: number, align = 4) {
  const made = percpu.allocate(name, size, align);
  if (!made.ok) throw new Error(made.warning);
  return made.allocation;
}

test('a pointer plus a CPU’s offset is the allocation, in every chunk', () => {
  const { area: percpu } = area([], 4);
  const made = Array.from({ length: 4 }, (_, i) => allocate(percpu, `x${i}`, 32 << 10));
  expect(made.map((a) => a.chunk)).toEqual([1, 2, 3, 4]);
  for (const a of made) {
    for (let cpu = 0; cpu < CPUS; cpu += 1) {
      expect(fromAddress(a.pointer + percpu.offsetOf(cpu))).toBe(percpu.at(a, cpu));
    }
  }
});

test('static variables come first, the allocator’s areas after the reserved part', () => {
  const { area: percpu } = area();
  const made = percpu.declare('variable', 8, 8);
  expect(made.ok && made.allocation.offset).toBe(0);
  expect(percpu.declare('too_much', 0x120, 8)).toEqual({
    ok: false,
    warning: 'the static per-CPU variables end before too_much',
  });
  expect(allocate(percpu, 'x', 4).offset).toBe(geometry.staticSize + geometry.reservedSize);
});

test('memory is zeroed and can be touched in every unit, and is freed in every unit', () => {
  const { memory, area: percpu } = area();
  const a = allocate(percpu, 'a', 8, 8);
  const b = allocate(percpu, 'b', 4);
  for (let cpu = 0; cpu < CPUS; cpu += 1) memory.u8.fill(0xaa, percpu.at(a, cpu), percpu.at(a, cpu) + 8);
  percpu.free(a);
  for (let cpu = 0; cpu < CPUS; cpu += 1) {
    const at = percpu.at(a, cpu);
    expect(memory.isPoisoned(at) && memory.isPoisoned(at + 7)).toBe(true);
    expect(memory.kinds[at >> 3]).toBe(KIND.freed);
    expect(objectAt(memory, at)?.name).toBe(`per-CPU \`a\` of CPU ${cpu}`);
    expect(memory.isPoisoned(percpu.at(b, cpu))).toBe(false);
  }
  const c = allocate(percpu, 'c', 4);
  expect(c.offset).toBe(a.offset);
  for (let cpu = 0; cpu < CPUS; cpu += 1) {
    const at = percpu.at(c, cpu);
    expect(memory.readU32(at)).toBe(0);
    expect(memory.isPoisoned(at)).toBe(false);
    expect(memory.isPoisoned(at + 4)).toBe(true);
    // The half that is still free is still known as freed, and as whose.
    expect(memory.kinds[at >> 3]).toBe(KIND.freed);
    expect(objectAt(memory, at)?.name).toBe(`per-CPU \`c\` of CPU ${cpu}`);
  }
  expect(() => percpu.free(a)).toThrow('a is not allocated');
});

test('growth ends with the memory, and a destroyed chunk’s memory is used again', () => {
  const { area: percpu } = area([], 2);
  const made = [];
  for (;;) {
    const result = percpu.allocate('x', 32 << 10, 4);
    if (!result.ok) {
      expect(result.warning).toBe(
        'percpu: allocation failed, size=32768 align=4 atomic=0, failed to allocate new chunk',
      );
      break;
    }
    made.push(result.allocation);
  }
  expect(percpu.allocator.totals.nrChunks).toBe(3);
  for (const a of made) percpu.free(a);
  balance(percpu.allocator);
  expect(percpu.allocator.totals.nrChunks).toBe(2);
  const again = made.map((_, i) => allocate(percpu, `y${i}`, 32 << 10));
  expect(again.at(-1)!.chunk).toBeGreaterThan(2);
  const starts = (list: typeof again): number[] => list.map((a) => percpu.at(a, 1)).sort((x, y) => x - y);
  expect(new Set(starts(again)).size).toBe(again.length);
});

test('a machine is sized for what will be asked', () => {
  const requests = Array.from({ length: 3000 }, () => [
    { size: 4, align: 8 },
    { size: 32, align: 16 },
  ]).flat();
  const { area: percpu } = area(requests, 0);
  for (const { size, align } of requests) expect(percpu.allocate('x', size, align).ok).toBe(true);
});

test('reserved requests are served and freed', () => {
  const { area: percpu } = area();
  const made = percpu.allocate('m', 64, 64, { reserved: true });
  if (!made.ok) throw new Error(made.warning);
  expect(made.allocation.offset).toBeLessThan(geometry.staticSize + geometry.reservedSize);
  percpu.free(made.allocation);
  expect(percpu.allocator.reserved!.nrAlloc).toBe(0);
});
