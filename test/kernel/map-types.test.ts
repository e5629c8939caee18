import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAP_TYPES, type MapTypeInfo, mapTypesWhere } from '../../src/kernel/map/types.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';

/**
 * Types that there are not: a row is all that they have, with operations that the kernel has for others of their family.
 * Per-CPU types and arrays of programs need more: the kernel's code asks for them by their number, as below.
 */
const MADE_UP: Readonly<Record<string, MapTypeInfo>> = {
  table: { ...MAP_TYPES.hash, number: 101, table: 'table_ops' },
  cache: { ...MAP_TYPES.lru_hash, number: 102, table: 'cache_ops', timers: false },
  row: { ...MAP_TYPES.array, number: 104, table: 'row_ops' },
  log: { ...MAP_TYPES.ringbuf, number: 107, table: 'log_ops' },
};

const read = (file: string): string =>
  readFileSync(new URL(`../../programs/kernel/${file}.bpf`, import.meta.url), 'utf8');

const rows = MAP_TYPES as Record<string, MapTypeInfo>;
beforeAll(() => void Object.assign(rows, MADE_UP));
afterAll(() => {
  for (const type of Object.keys(MADE_UP)) delete rows[type];
});

const CALL = `r1 = m ll
    r2 = r10
    r2 += -4`;

const OF_VALUES = `    *(u32 *)(r10 - 4) = 1
    *(u64 *)(r10 - 16) = 7
    ${CALL}
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
    ${CALL}
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r1 = *(u64 *)(r0 + 0)
    r2 = found ll
    *(u64 *)(r2 + 0) = r1
out:`;

const OF_A_RING = `    *(u64 *)(r10 - 8) = 7
    r1 = m ll
    r2 = r10
    r2 += -8
    r3 = 8
    r4 = 0
    call bpf_ringbuf_output`;

const VALUES = {
  fields: 'key 4, value 8, max_entries 2',
  code: OF_VALUES,
  expect: 'expect found == 7 && m[1] == 9',
  after: 'update m[1] = 9',
};

/** What is done with a type of each family: by a program first, and then by the scenario. */
const BY_FAMILY: Readonly<Partial<Record<MapTypeInfo['family'], typeof VALUES>>> = {
  hash: {
    ...VALUES,
    after: 'update m[1] = 9  update m[0] = 8  delete m[0]',
    expect: `${VALUES.expect} && m[0] == absent`,
  },
  array: VALUES,
  ring: { fields: 'max_entries 4096', code: OF_A_RING, expect: 'expect m[0] == 7', after: '' },
};

function labOf(type: string): string {
  const { family } = MADE_UP[type]!;
  const { fields, code, expect: expected, after } = BY_FAMILY[family]!;
  return `map m : ${type} { ${fields} }
global found : u64
tracepoint hit()
program p : raw_tp/hit {
${code}
    r0 = 0
    exit
}
scenario {
    cpu 0 { fire hit() ${after} }
    ${expected}
}
`;
}

describe.each(ENGINES)(
  'a type of map that is only a row can be declared and used, on engine %s',
  (_, engine) => {
    test.each(Object.keys(MADE_UP))('%s', (type) => {
      const lab = parseOrThrow({ name: 'types.bpf', text: labOf(type) });
      const result = runScenario(lab, scenariosOf(lab)[0]!, environment, { engine });
      expect(result.expects.map((e) => [e.text, e.found])).toEqual([[expect.any(String), []]]);
      expect(result.passed).toBe(true);
    });
  },
);

test.each(mapTypesWhere((t) => t.perCpu || t.family === 'pointers'))(
  "the kernel's code asks for %s where its values are updated and copied",
  (type) => {
    const constant = new RegExp(`\\bBPF_MAP_TYPE_${type.toUpperCase()}\\b`);
    expect(read('syscall')).toMatch(constant);
    if (MAP_TYPES[type].perCpu) expect(read('map')).toMatch(constant);
  },
);
