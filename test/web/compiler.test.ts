import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CASES, DEFAULT_GUARDS } from '../../src/bench/cases.js';
import { DEFAULT_MODEL } from '../../src/kernel/model.js';

const { found, asked } = vi.hoisted(() => ({ found: [] as string[], asked: { loops: 0, blocks: 0 } }));

// What src/web/vite.config.ts leaves out of the page's compiler, with an eye on what it finds.
vi.mock(import('../../src/machine/wasm/unroll.js'), async (original) => {
  const { unroll } = await original();
  return {
    unroll: (graph, kinds) => {
      const unrolled = unroll(graph, kinds);
      asked.loops += 1;
      if (unrolled !== undefined) found.push(`a loop in the function at ${graph.root.slot}`);
      return unrolled;
    },
  };
});
vi.mock(import('../../src/machine/wasm/rotate.js'), async (original) => {
  const { findRotations } = await original();
  return {
    findRotations: (block) => {
      const rotations = findRotations(block);
      asked.blocks += 1;
      if (rotations.size > 0) found.push(`a rotation at ${block.slot}`);
      return rotations;
    },
  };
});

vi.mock(import('../../src/machine/wasm/borrow.js'), async (original) => {
  const { writeBorrow } = await original();
  return {
    writeBorrow: (cx, it) => {
      const isWritten = writeBorrow(cx, it);
      if (isWritten) found.push(`a comparison of 32 bits that skips at ${it.slot}`);
      return isWritten;
    },
  };
});

vi.mock(import('../../src/machine/wasm/settled.js'), async (original) => {
  const { settledBy, arrayAt, returned } = await original();
  return {
    settledBy: (memory, it, known) => {
      const word = settledBy(memory, it, known);
      if (word !== undefined) found.push(`a word that stays as it is at ${it.slot}`);
      return word;
    },
    arrayAt: (arrays, known) => {
      const array = arrayAt(arrays, known);
      if (array !== undefined) found.push(`an array at ${array.address}`);
      return array;
    },
    returned: (...args) => {
      const known = returned(...args);
      if (known !== undefined) found.push('a function that returns what is known');
      return known;
    },
  };
});
vi.mock(import('../../src/machine/wasm/imports.js'), async (original) => {
  const { importLeaves, ...others } = await original();
  return {
    ...others,
    importLeaves: (machine, builder, leaves) => {
      for (const leaf of leaves) found.push(`a call of ${machine.leaves[leaf]?.name}`);
      return importLeaves(machine, builder, leaves);
    },
  };
});
vi.mock(import('../../src/machine/wasm/lookups.js'), async (original) => {
  const { writeLookup, ...others } = await original();
  return {
    ...others,
    writeLookup: (cx, it, arrays, callLeaf) => {
      found.push(`a lookup at ${it.slot}`);
      writeLookup(cx, it, arrays, callLeaf);
    },
  };
});

for (const [path, names] of [
  ['gate', ['writeGate']],
  ['coverage', ['Coverage']],
  ['dispatch', ['writeDispatched']],
  ['written', ['writesAnywhere']],
  ['rare', ['gotox', 'mayGoto', 'writeCompareExchange', 'writeLoadAcquire', 'writeStoreRelease']],
] as const) {
  vi.doMock(`../../src/machine/wasm/${path}.js`, () =>
    Object.fromEntries(names.map((name) => [name, () => void found.push(name)])),
  );
}

// A worker's files share modules: without this it depends on who came first whether these are the ones with an eye on them.
beforeAll(() => void vi.resetModules());
afterAll(() => void vi.resetModules());

test('the page measures the same code as the command: what its compiler lacks is not needed for it', async () => {
  const { bootBench, prepare } = await import('../../src/bench/prepare.js');
  const { modelNamed, parseOrThrow } = await import('../../src/lab/environment.js');
  const { MEASURING_ENGINES } = await import('../../src/machine/engines.js');
  const { environment } = await import('../support/environment.js');
  for (const bench of CASES) {
    const text = readFileSync(new URL(`../../programs/bench/${bench.name}.bpf`, import.meta.url), 'utf8');
    for (const name of DEFAULT_GUARDS) {
      const kernel = bootBench(environment, {
        lab: parseOrThrow({ name: bench.name, text }),
        guard: environment.guard(name, { declarations: [] }),
        model: modelNamed(DEFAULT_MODEL),
        engine: MEASURING_ENGINES['wasm']!,
      });
      prepare(kernel, bench, 100);
    }
  }
  expect(found).toEqual([]);
  expect(Math.min(asked.loops, asked.blocks)).toBeGreaterThan(50);
});
