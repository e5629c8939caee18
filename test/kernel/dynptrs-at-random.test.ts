import fc from 'fast-check';
import { expect, test } from 'vitest';
import { at, dynptrLab } from '../support/dynptrs.js';
import { tinybpfHere } from '../support/in-process.js';

const place = fc.constantFrom(-32, -32, -48, -48, -64);
const size = fc.constantFrom(0, 1, 8, 16, 64, 65);

const make = (to: number, n = 64, flags = 0): string =>
  `r1 = r6\n    r2 = ${n}\n    r3 = ${flags}\n    ${at('r4', to)}\n    call bpf_dynptr_from_mem`;
const reserve = (to: number, n: number): string =>
  `r1 = ring ll\n    r2 = ${n}\n    r3 = 0\n    ${at('r4', to)}\n    call bpf_ringbuf_reserve_dynptr`;
const finish = (of: number, how: string): string =>
  `${at('r1', of)}\n    r2 = 0\n    call bpf_ringbuf_${how}_dynptr`;

/** One thing that a program may do with dynptrs, at places where there may be one or not. */
const step = fc.oneof(
  fc.tuple(place, size, fc.constantFrom(0, 0, 1)).map(([to, n, flags]) => make(to, n, flags)),
  fc.tuple(place, size).map(([to, n]) => `${finish(to, 'discard')}\n    ${reserve(to, n)}`),
  fc
    .tuple(place, size, size)
    .map(
      ([of, offset, n]) =>
        `${at('r1', of)}\n    r2 = ${offset}\n    r3 = ${n}\n    call bpf_dynptr_data\n    r7 = r0`,
    ),
  fc
    .tuple(place, size, size)
    .map(
      ([of, offset, n]) =>
        `${at('r1', of)}\n    r2 = ${offset}\n    r3 = 0\n    r4 = ${n}\n    call bpf_dynptr_slice_rdwr\n    r7 = r0`,
    ),
  fc
    .tuple(fc.constantFrom(0, 7, 8, 56, 63), fc.nat(1_000_000))
    .map(
      ([offset, n]) =>
        `if r7 == 0 goto skip_${n}_${offset}\n    *(u8 *)(r7 + ${offset}) = 1\nskip_${n}_${offset}:`,
    ),
  fc.tuple(place, place).map(([of, to]) => `${at('r1', of)}\n    ${at('r2', to)}\n    call bpf_dynptr_clone`),
  fc
    .tuple(place, size, size)
    .map(
      ([of, start, end]) => `${at('r1', of)}\n    r2 = ${start}\n    r3 = ${end}\n    call bpf_dynptr_adjust`,
    ),
  place.map((of) => `*(u64 *)(r10 ${of}) = 0`),
);

const lab = (steps: readonly string[]): string =>
  dynptrLab(
    `    r7 = 0
    ${make(-32)}
    ${make(-48)}
    ${reserve(-64, 16)}
    ${steps.join('\n    ')}
    ${finish(-64, 'submit')}`,
    '',
  );

test('what the verifier accepts of dynptrs does not fault, on either engine', async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 7 }), async (steps) => {
      const text = lab(steps.map((one, i) => one.replaceAll('skip_', `skip_${i}_`)));
      const [interp, wasm] = await Promise.all(
        ['interp', 'wasm'].map((engine) => tinybpfHere(['run', '--verify', '--engine', engine, '-'], text)),
      );
      expect(interp?.stderr).not.toContain('B0421');
      expect(interp?.stdout).toBe(wasm?.stdout);
      if (interp?.stderr.includes('does not load') === true) return;
      accepted += 1;
      expect(interp, `${text}${interp?.stderr}`).toMatchObject({ status: 0 });
      expect(interp?.stdout).not.toContain('fault');
    }),
    { numRuns: 60 },
  );
  expect(accepted).toBeGreaterThan(5);
});
