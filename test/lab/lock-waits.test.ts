import { describe, expect, test } from 'vitest';
import { explore } from '../../src/explore/explore.js';
import { finish } from '../../src/explore/search.js';
import { modelNamed, parseOrThrow } from '../../src/lab/environment.js';
import { formatLockWait } from '../../src/lab/lock-waits.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import type { Stopped } from '../../src/lab/script.js';
import { formatScenario } from '../../src/report/summary.js';
import { environment } from '../support/environment.js';
import { labScenarios } from '../support/labs.js';

const update = (map: string): string => `function put(u32 key) {
    *(u32 *)(r10 - 4) = w1
    *(u64 *)(r10 - 16) = 7
    r1 = ${map} ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
    r0 = 0
    exit
}
`;

function runOf(text: string, kernel: string) {
  const lab = parseOrThrow({ name: 'waits.bpf', text });
  const model = modelNamed(kernel);
  return runScenario(lab, scenariosOf(lab)[0]!, environment, { model, maxInsns: 20_000 });
}

const stopped = ({ outcome }: ReturnType<typeof runOf>): Stopped => {
  if (outcome.kind === 'finished' || outcome.kind === 'fault') throw new Error(`it has ${outcome.kind}`);
  return outcome;
};

describe('a run that goes round for a lock', () => {
  test.each([
    [
      'of a list of an LRU map',
      'lru_hash { key 4, value 8, max_entries 2 }',
      'bpf_lru_list_pop_free_to_local+15',
      /^nmi on CPU 0 waits for the lock of the list of CPU 0 of map m, which A has taken in bpf_lru_pop_free\+\d+ \(map\.bpf:\d+\), and never gives back$/,
    ],
    [
      'of a trie',
      'lpm_trie { key 8, value 8, max_entries 2 }',
      'trie_locked+17',
      /^nmi on CPU 0 waits for the lock of map m, which A has taken in trie_locked\+17 \(map\.bpf:\d+\), and never gives back$/,
    ],
  ])('%s says which, and who has it', (_, map, at, expected) => {
    const text = `map m : ${map}
${update('m')}scenario { task A cpu 0 { call put(1) }  at ${at} nmi { call put(4) } }`;
    const result = runOf(text, 'amd64-6.12');
    const { waits } = stopped(result);
    expect(waits.map(formatLockWait)).toEqual([expect.stringMatching(expected)]);
    const said = formatScenario(result, { timeline: false });
    expect(said).toContain('whoever has the lock is kept from going on');
    expect(said).toContain('A was here:');
    expect(said).not.toContain('--max-insns');
  });

  test('and of no lock, where nobody waits for one', () => {
    const result = runOf(
      'function f() {\nagain:\n    goto again\n}\nscenario { cpu 0 { call f() } }',
      'amd64-6.12',
    );
    expect(stopped(result).waits).toEqual([]);
    expect(formatScenario(result, { timeline: false })).toContain('--max-insns');
  });
});

test('two CPUs that wait for each other are found out, and explore says whose the locks are', () => {
  const { lab, scenario } = labScenarios('programs/guards-of-linux').find(
    (s) => s.name === 'bucket-lock.bpf, two CPUs, until Linux 6.14',
  )!;
  const LIMITS = { maxStates: 6_000, maxSeconds: 60, clock: () => 0, isInterrupted: () => false };
  const { counterexamples } = finish(explore(lab, scenario, environment, { guardName: 'none' }, LIMITS));
  const said = counterexamples.flatMap((c) => c.trace.findings).join('\n');
  for (const [cpu, holder] of [
    [0, 'B'],
    [1, 'A'],
  ])
    expect(said).toMatch(
      new RegExp(
        `nmi on CPU ${cpu} waits for the lock of bucket \\d of map h, which ${holder} has taken in htab_take\\+\\d+ \\(map.bpf:\\d+\\), and never gives back`,
      ),
    );
});
