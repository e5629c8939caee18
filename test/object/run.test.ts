import { expect, test } from 'vitest';
import { type BareResult, runBare } from '../../src/machine/bare.js';
import { type Memory, toAddress } from '../../src/machine/memory.js';
import type { ObjectProgram } from '../../src/object/object.js';
import { formatFault } from '../../src/report/fault.js';
import { errorAt } from '../../src/text/diagnostic.js';
import { ENGINES } from '../support/engines.js';
import { readOwn } from '../support/objects.js';

/** Runs a program of an object on a bare machine with its global data, and says what the variables hold then. */
function run(name: string, program: string, engine: (typeof ENGINES)[number][1]) {
  const object = readOwn(name, new Map([['nowhere', NOWHERE]]));
  const found: ObjectProgram = object.programs.find((p) => p.name === program)!;
  const places = new Map<string, number>();
  let memory: Memory | undefined;
  const result: BareResult = runBare(found.insns, new Uint8Array(0), {
    engine,
    resolver: (m) => {
      memory = m;
      for (const d of object.data) {
        const region = m.reserve(d.name, 'global', d.size)!;
        m.unpoison(region.start, d.size);
        m.u8.set(d.bytes, region.start);
        places.set(d.name, region.start);
      }
      return {
        call: (insn) => errorAt('B0601', `no ${insn.ref?.name ?? insn.imm} here`),
        address: ({ ref }) => {
          const at = places.get(ref?.name ?? '');
          if (ref === undefined || at === undefined) return errorAt('B0208', 'no such data');
          return { kind: 'address', address: toAddress(at) + ref.addend };
        },
      };
    },
  });
  const variable = (section: string, variable: string): bigint => {
    const v = object.data.find((d) => d.name === section)!.variables.find((w) => w.name === variable)!;
    return memory!.readU64(places.get(section)! + v.offset);
  };
  return { result, variable };
}

const NOWHERE = {
  kind: 'struct',
  size: 8,
  fields: [{ name: 'x', offset: 4, type: { kind: 'int', size: 4, signed: true } }],
} as const;

test.each(ENGINES)(
  'calls between sections and their global variables mean what they mean in C: %s',
  (_, engine) => {
    const direct = run('functions', 'direct', engine);
    expect(direct.result).toMatchObject({ kind: 'done', r0: 5n });
    expect([direct.variable('.bss', 'sum'), direct.variable('.bss', 'steps')]).toEqual([1n, 2n]);
    const twice = run('functions', 'twice', engine);
    expect(twice.result).toMatchObject({ kind: 'done', r0: 7n });
    expect(twice.variable('.bss', 'sum')).toBe(7n);
    const beside = run('beside', 'calls_beside', engine);
    expect(beside.result).toMatchObject({ kind: 'done', r0: 3n });
    expect(beside.variable('.bss.later', 'later')).toBe(3n);
  },
);

test.each(ENGINES)('a fault shows the line of C: %s', (_, engine) => {
  const { result } = run('core', 'unresolved', engine);
  if (result.kind !== 'fault') throw new Error(result.kind);
  const report = formatFault(result.fault);
  expect(report).toContain('a null pointer plus 4');
  expect(report).toMatch(/#0 {2}main\.2\+0 \(program\) {2}return n->x; {2}core\.bpf\.c:77\n/);
  expect(report).toMatch(/#1 {2}main\+0 \(program\) {2}return reads_nowhere\(n\); {2}core\.bpf\.c:83/);
});
