import { describe, expect, test } from 'vitest';
import { modelNamed, parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';

/** A program that looks something up, and what is told of it: how often the map's own operation is called, on a kernel. */
interface Case {
  readonly type: 'array' | 'percpu_array' | 'hash';
  /** The function that is traced. */
  readonly operation: string;
  readonly kernel?: string;
  readonly code: string;
  readonly calls: number;
}

const KEY = `    r2 = 1
    *(u32 *)(r10 - 4) = r2
    r2 = r10
    r2 += -4`;
const TAKE = `    if r0 == 0 goto out
    r1 = 5
    *(u64 *)(r0 + 0) = r1
out:
    r0 = 0
    exit`;
const PLAIN = `${KEY}
    r1 = m ll
    call bpf_map_lookup_elem
${TAKE}`;
/** A map in a register that a call leaves as it is, moved from one to another. */
const SAVED = `    r7 = m ll
    call bpf_ktime_get_ns
${KEY}
    r6 = r7
    r1 = r6
    call bpf_map_lookup_elem
${TAKE}`;
const joined = (first: string, second: string): string => `    r6 = ${first} ll
    call bpf_ktime_get_ns
    if r0 != 1 goto have
    r6 = ${second} ll
have:
${KEY}
    r1 = r6
    call bpf_map_lookup_elem
${TAKE}`;
/** A map that a function of the program is given: once, or twice and perhaps another. */
const given = (other: string): string => `    r1 = m ll
    call look
    r1 = ${other} ll
    call look
    r0 = 0
    exit
look:
${KEY}
    call bpf_map_lookup_elem
${TAKE}`;
/** The same function, which is called back, too: with nothing that is known. */
const CALLED_BACK = `    r1 = m ll
    call look
    r1 = 0
    r2 = look ll
    r3 = 0
    r4 = 0
    call bpf_loop
    r0 = 0
    exit
look:
${KEY}
    call bpf_map_lookup_elem
${TAKE}`;

const ARRAY = { type: 'array', operation: 'array_map_lookup_elem' } as const;
const OF_CPUS = { type: 'percpu_array', operation: 'percpu_array_map_lookup_elem' } as const;

/** By kernel/bpf/arraymap.c and kernel/bpf/verifier.c of those releases. */
const CASES: Readonly<Record<string, Case>> = {
  'an array': { ...ARRAY, code: PLAIN, calls: 0 },
  'an array, Linux 6.1': { ...ARRAY, kernel: 'amd64-6.1', code: PLAIN, calls: 0 },
  'values for each CPU': { ...OF_CPUS, code: PLAIN, calls: 0 },
  'values for each CPU, Linux 6.12': { ...OF_CPUS, kernel: 'amd64-6.12', code: PLAIN, calls: 0 },
  'values for each CPU before Linux 6.10': { ...OF_CPUS, kernel: 'amd64-6.1', code: PLAIN, calls: 1 },
  'a hash map, whose values are found by a function': {
    ...{ type: 'hash', operation: 'htab_map_lookup_elem', code: PLAIN, calls: 1 },
  },
  'a register that was kept and moved': { ...ARRAY, code: SAVED, calls: 0 },
  'ways that meet with the same map': { ...ARRAY, code: joined('m', 'm'), calls: 0 },
  'ways that meet with different maps': { ...ARRAY, code: joined('m', 'other'), calls: 1 },
  'an argument that is always the same': { ...ARRAY, code: given('m'), calls: 0 },
  'an argument that is not always the same': { ...ARRAY, code: given('other'), calls: 2 },
  'a function that is called back': { ...ARRAY, code: CALLED_BACK, calls: 1 },
};

const labOf = ({
  type,
  operation,
  code,
  calls,
}: Case): string => `map m : ${type} { key 4, value 8, max_entries 2 }
map other : ${type} { key 4, value 8, max_entries 2 }
global calls : u64
tracepoint hit()
program p : raw_tp/hit {
${code}
}
program sees : fentry/${operation} {
    r1 = calls ll
    r2 = 1
    lock *(u64 *)(r1 + 0) += r2
    r0 = 0
    exit
}
scenario {
    cpu 0 { update m[1] = 4  fire hit() }
    expect calls == ${calls}
}`;

describe.each(ENGINES)(
  'a program looks up in place what Linux has it look up in place, on engine %s',
  (_, engine) => {
    test.each(Object.entries(CASES))('%s', (_name, { kernel, calls, ...what }) => {
      const lab = parseOrThrow({ name: 'lookups.bpf', text: labOf({ ...what, calls }) });
      const result = runScenario(lab, scenariosOf(lab)[0]!, environment, {
        engine,
        observe: true,
        ...(kernel && { model: modelNamed(kernel) }),
      });
      expect(result.expects.map((e) => [e.text, e.found])).toEqual([[expect.any(String), []]]);
      expect(result.passed).toBe(true);
      // What a program calls is told by the name that it says, whether there is a function or not.
      const helpers = result.events.flatMap((e) => (e.kind === 'helper' ? [e.name] : []));
      expect(helpers).toContain('bpf_map_lookup_elem');
      expect(helpers.filter((name) => name.includes('gen_lookup'))).toEqual([]);
    });
  },
);

test('both engines count as many instructions', () => {
  const counts = ENGINES.map(([, engine]) =>
    Object.values(CASES).map(({ kernel, ...what }) => {
      const lab = parseOrThrow({ name: 'lookups.bpf', text: labOf(what) });
      const options = { engine, ...(kernel && { model: modelNamed(kernel) }) };
      return runScenario(lab, scenariosOf(lab)[0]!, environment, options).executed;
    }),
  );
  expect(counts[1]).toEqual(counts[0]);
});
