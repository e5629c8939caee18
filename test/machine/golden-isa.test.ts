import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeProgram } from '../../src/isa/decode.js';
import { runBare } from '../../src/machine/bare.js';
import { type Memory, toAddress } from '../../src/machine/memory.js';
import { errorAt } from '../../src/text/diagnostic.js';
import { fromHex } from '../support/assemble.js';
import { ENGINES } from '../support/engines.js';
import { GOLDEN, present } from '../support/shared.js';

/** A program run on real kernels; see the README beside isa.json. */
interface Recorded {
  readonly name: string;
  readonly program: string;
  readonly r2: string;
  readonly r3: string;
  readonly mem: string;
  readonly r0?: string;
  readonly mem_after?: string;
  /** What the verifiers said. */
  readonly refused?: readonly string[];
}

const file = `${GOLDEN[0]}/isa.json`;
const outside = present(file);
const programs = outside ? (JSON.parse(readFileSync(file, 'utf8')) as { programs: Recorded[] }).programs : [];
const accepted = programs.filter((p) => p.r0 !== undefined);
/** For the load-time checks: shifts by the width, divisions by a zero that is written, reserved fields, r10. */
const refused = programs.filter((p) => p.r0 === undefined);

/** The map value the programs work on: inputs at 8 and 16, the memory word at 24; r0 is stored to 0. */
const VALUE_SIZE = 64;

describe.skipIf(!outside).each(ENGINES)(
  `recorded kernels${outside ? '' : ' (skipped: no ../shared/golden)'} on engine %s`,
  (_, engine) => {
    test(`${accepted.length} accepted programs give the recorded r0 and memory`, () => {
      const wrong = accepted.flatMap((p) => {
        let at = 0;
        let memory: Memory | undefined;
        const result = runBare(decodeProgram(fromHex(p.program)), new Uint8Array(0), {
          engine,
          resolver: (m) => {
            memory = m;
            const region = m.reserve('map value', 'map', VALUE_SIZE);
            if (region === undefined) throw new Error('no room');
            at = region.start;
            m.unpoison(at, VALUE_SIZE);
            m.writeU64(at + 8, BigInt(p.r2));
            m.writeU64(at + 16, BigInt(p.r3));
            m.writeU64(at + 24, BigInt(p.mem));
            return {
              call: () => errorAt('B0608', 'no helpers here'),
              address: () => ({ kind: 'address', address: toAddress(at) }),
            };
          },
        });
        const got = { kind: result.kind, r0: memory?.readU64(at), mem: memory?.readU64(at + 24) };
        const same =
          result.kind === 'done' && got.r0 === BigInt(p.r0 ?? 0) && got.mem === BigInt(p.mem_after ?? 0);
        return same ? [] : [{ name: p.name, expected: [p.r0, p.mem_after], got }];
      });
      expect(wrong).toEqual([]);
      expect(accepted.length).toBeGreaterThan(400);
    });
  },
);

test.skipIf(!outside).each(refused.map((p) => [p.name, p.refused?.join('; ') ?? '', p] as const))(
  'refused by every kernel: %s (%s); it decodes, and does not break a machine',
  (_, __, p) => {
    const result = runBare(decodeProgram(fromHex(p.program)), new Uint8Array(0));
    expect(['refused', 'done', 'fault']).toContain(result.kind);
  },
);

test.skipIf(!outside)('what the kernels refused for its form is refused here too', () => {
  const forms = refused.filter((p) => p.name.startsWith('bad.'));
  const loaded = forms.filter(
    (p) => runBare(decodeProgram(fromHex(p.program)), new Uint8Array(0)).kind !== 'refused',
  );
  expect(forms.length).toBeGreaterThan(3);
  expect(loaded.map((p) => p.name)).toEqual([]);
});
