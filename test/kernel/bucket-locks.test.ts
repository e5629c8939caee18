import { describe, expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

/** Locks of hash maps' buckets: what gets in where another holds one, by kernel. */
const MAPS = { h: 'hash', g: 'hash', p: 'percpu_hash', l: 'lru_hash' } as const;
const ofMap = (map: string, type: string): string => `map ${map} : ${type} { key 4, value 8, max_entries 16 }
function update_${map}(u32 key) {
    *(u32 *)(r10 - 4) = w1
    *(u64 *)(r10 - 16) = 7
    r1 = ${map} ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
    r1 = result ll
    *(u64 *)(r1 + 0) = r0
    r0 = 0
    exit
}
function remove_${map}(u32 key) {
    *(u32 *)(r10 - 4) = w1
    r1 = ${map} ll
    r2 = r10
    r2 += -4
    call bpf_map_delete_elem
    r1 = result ll
    *(u64 *)(r1 + 0) = r0
    r0 = 0
    exit
}
`;
const maps = Object.entries(MAPS).map(([map, type]) => ofMap(map, type));
const PROGRAM = `global result : s64 = 1\n${maps.join('')}`;

/** Where an update holds the lock, before it changes anything; of an LRU map too. */
const HELD = 'htab_update+19';
const LRU_HELD = 'htab_lru_update+27';

/** The bucket of 16 that a small key belongs to: FNV-1a over its four bytes. */
function bucketOf(key: number): number {
  const multiply = (h: bigint): bigint => (h * 0x01000193n) % 2n ** 32n;
  const first = multiply(0x811c9dc5n ^ BigInt(key));
  return Number(multiply(multiply(multiply(first))) % 16n);
}
const keyWhere = (holds: (bucket: number) => boolean): number =>
  Array.from({ length: 256 }, (_, key) => key).find((key) => key !== 1 && holds(bucketOf(key)))!;
const mine = bucketOf(1);
const SAME = keyWhere((b) => b === mine);
const EIGHTH = keyWhere((b) => b !== mine && b % 8 === mine % 8);
const OTHER = keyWhere((b) => b % 8 !== mine % 8);

async function expectResult(scenario: string, result: string, kernel: string): Promise<void> {
  for (const engine of ['interp', 'wasm']) {
    const lab = `${PROGRAM}scenario {\n    kernel ${kernel}\n${scenario}\n    expect result == ${result}\n}\n`;
    const done = await tinybpfHere(['run', '--engine', engine, '-'], lab);
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
  }
}

/** Map operations returned an int before Linux 6.4. */
const BUSY_INT = '0xfffffff0';

describe('an NMI that comes while its CPU holds a bucket', () => {
  const nmi = (what: string): string => `    cpu 0 { update h[1] = 5 }\n    at ${HELD} nmi { call ${what} }`;
  const cases: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
    ['the same key', 'update_h(1)', { 6.1: BUSY_INT, 6.12: '-16', 6.18: '-35', 7.3: '-35' }],
    ['the same bucket', `update_h(${SAME})`, { 6.12: '-16', 7.3: '-35' }],
    ['an eighth bucket from it', `update_h(${EIGHTH})`, { 6.1: BUSY_INT, 6.12: '-16', 7.3: '0' }],
    ['another bucket', `update_h(${OTHER})`, { 6.1: '0', 6.12: '0', 7.3: '0' }],
    ['the same key of another map', 'update_g(1)', { 6.12: '0', 7.3: '0' }],
    ['a deletion', 'remove_h(1)', { 6.12: '-16', 7.3: '-35' }],
  ];
  const each = cases.flatMap(([name, what, results]) =>
    Object.entries(results).map(([release, result]) => [name, release, what, result] as const),
  );
  test.each(each)('%s, Linux %s', async (_, release, what, result) => {
    for (const arch of ['arm64', 'amd64']) await expectResult(nmi(what), result, `${arch}-${release}`);
  });

  test.each(['p', 'l'])('maps of other kinds: %s', async (map) => {
    const held = map === 'l' ? LRU_HELD : HELD;
    const scenario = `    cpu 0 { update ${map}[1] = 5 }\n    at ${held} nmi { call update_${map}(1) }`;
    await expectResult(scenario, '-16', 'amd64-6.12');
    await expectResult(scenario, '-35', 'amd64-7.3');
  });
});

describe('an NMI that comes while its CPU holds the lists of an LRU map', () => {
  const full = `map s : lru_hash { key 4, value 8, max_entries 2 }\n`;
  const run = async (engine: string, what: string): Promise<string> => {
    const scenario = `scenario {
    kernel amd64-7.3
    cpu 0 { update s[1] = 5  update s[2] = 6  update s[3] = 8  update s[4] = 9 }
    at lru_evict+2 nmi { call ${what} }
    expect s[1] == absent && s[3] == 8 && s[4] == 9
}`;
    const program = `global result : s64 = 1\n${full}${ofMap('s', 'lru_hash').replace(/^.*\n/, '')}`;
    const done = await tinybpfHere(['run', '--timeline', '--engine', engine, '-'], program + scenario);
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
    return done.stdout;
  };
  test.each(['interp', 'wasm'])(
    'gets no element, and what it deletes is room for others later: %s',
    async (engine) => {
      const put = await run(engine, 'update_s(5)');
      expect(put).toContain('lru_lock_irqsave REFUSED');
      expect(put).toMatch(/htab_lru_map_update_elem\(.*\) = -12\n/);
      expect(await run(engine, 'remove_s(2)')).toContain('lru_lock_irqsave REFUSED');
    },
  );
});

test('whoever waits on another CPU has the lock when it is given back', async () => {
  const two = `    cpus 2\n    task A cpu 0 { update h[1] = 5 }\n    task B cpu 1 { call update_h(1) }
    expect h[1] == 7`;
  for (const kernel of ['arm64-6.1', 'amd64-6.12', 'arm64-7.3']) await expectResult(two, '0', kernel);
});

// Instruction 6 of pcpu_freelist_push comes before the lock of the list. Linux 6.1 does not sign-extend the results: -EBUSY, -ENOENT.
test.each([
  ['amd64-6.1', '0xfffffff0', '0xfffffffe'],
  ['arm64-6.1', '0xfffffff0', '0xfffffffe'],
  ['amd64-6.6', '0', '-2'],
  ['amd64-6.12', '0', '-2'],
  ['arm64-7.3', '0', '-2'],
])(
  'a deletion gives the element back under the lock of the bucket or after it: %s',
  async (kernel, result, absent) => {
    const back = `    cpu 0 { update h[1] = 5  delete h[1] }\n    at pcpu_freelist_push+6 nmi { call update_h(1) }`;
    await expectResult(back, result, kernel);
    const removed = `    cpu 0 { update l[1] = 5  delete l[1] }\n    at bpf_lru_push_free+2 nmi { call remove_l(1) }`;
    await expectResult(removed, absent, kernel);
  },
);

test('a resilient lock gives up where nobody is proved to wait for ever', async () => {
  const stuck = `    cpus 2
    task A cpu 0 { update h[1] = 5 }
    task B cpu 1 { call update_h(1) }
    at ${HELD} in A run B`;
  await expectResult(stuck, '-110', 'arm64-7.3');
  await expectResult(stuck, '-110', 'amd64-6.18');
});

test('a hardirq waits until the bucket is given back', async () => {
  const later = `    cpu 0 { update h[1] = 5 }\n    at ${HELD} hardirq { call update_h(1) }\n    expect h[1] == 7`;
  for (const kernel of ['arm64-6.1', 'amd64-7.3']) await expectResult(later, '0', kernel);
});

test('what is counted on a CPU is 0 again afterwards, and so are preempt_count and the table of locks', async () => {
  const lab = `${PROGRAM}scenario {
    task A cpu 0 { update h[1] = 5  delete h[1]  update p[1] = 3 }
    may nmi x 1 { call update_h(1) }
    expect verdict holds
}`;
  for (const kernel of ['arm64-6.1', 'amd64-6.12', 'amd64-7.3']) {
    const done = await tinybpfHere(['explore', '-k', kernel, '-'], lab);
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
  }
});
