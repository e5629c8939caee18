import { describe, expect, test } from 'vitest';
import { PROGRAM_TYPE } from '../../src/verify/kinds.js';
import { seriesOf } from '../../src/verify/series.js';
import { verifyWithLog } from '../../src/verify/verify.js';
import { requestOf } from '../support/verify/programs.js';
import { insnsOfText, saidOfText } from '../support/verify/text.js';

/** Makes a dynptr of a map's value at an offset from the frame pointer; the value is in r6. */
const local = (at = -16): string => `
  *(u32 *)(r10 - 4) = 0
  r2 = r10
  r2 += -4
  map r1 hash
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r6 = r0
  r1 = r0
  r2 = 64
  r3 = 0
  r4 = r10
  r4 += ${at - 16}
  call bpf_dynptr_from_mem`;
/** Makes one of a ring buffer. */
const ring = (at = -16): string => `
  map r1 ringbuf
  r2 = 16
  r3 = 0
  r4 = r10
  r4 += ${at}
  call bpf_ringbuf_reserve_dynptr`;
const give = (at = -16, how = 'submit'): string => `
  r1 = r10
  r1 += ${at}
  r2 = 0
  call bpf_ringbuf_${how}_dynptr`;
const end = `
  out:
  r0 = 0
  exit`;
/** Eight bytes of a dynptr, in r0. */
const data = (at = -32, size = 8): string => `
  r1 = r10
  r1 += ${at}
  r2 = 0
  r3 = ${size}
  call bpf_dynptr_data`;
const kfunc = (name: string, at = -32): string => `
  r1 = r10
  r1 += ${at}
  kfunc ${name}`;
const slice = (name: string, size = 'r4 = 8', buffer = 'r3 = 0'): string => `
  r1 = r10
  r1 += -32
  r2 = 0
  ${buffer}
  ${size}
  kfunc ${name}`;
const clone = (from = -32, to = -48): string => `
  r1 = r10
  r1 += ${from}
  r2 = r10
  r2 += ${to}
  kfunc bpf_dynptr_clone`;

/** Pairs just inside and just outside of a rule of kernel/bpf/verifier.c, with the kernel's words for the latter. */
const RULES: readonly (readonly [string, string, string | undefined])[] = [
  ['a dynptr of memory', local(), undefined],
  [
    'of memory that is not in a map',
    'r1 = r10\nr1 += -64\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -16\ncall bpf_dynptr_from_mem',
    'Unsupported reg type fp for bpf_dynptr_from_mem data',
  ],
  [
    'eight bytes that are tested',
    `${local()}${data()}\nif r0 == 0 goto out\nr1 = *(u64 *)(r0 + 0)`,
    undefined,
  ],
  ['that are not', `${local()}${data()}\nr1 = *(u64 *)(r0 + 0)`, "R0 invalid mem access 'mem_or_null'"],
  ['all of them', `${local()}${data()}\nif r0 == 0 goto out\nr1 = *(u32 *)(r0 + 4)`, undefined],
  [
    'one more',
    `${local()}${data()}\nif r0 == 0 goto out\nr1 = *(u32 *)(r0 + 5)`,
    'R0 min value is outside of the allowed memory range',
  ],
  ['a size that is a number', `${local()}${data()}`, undefined],
  [
    'a size that is not known',
    `${local()}\nr3 = *(u64 *)(r6 + 0)\nr1 = r10\nr1 += -32\nr2 = 0\ncall bpf_dynptr_data`,
    'R3 is not a const',
  ],
  ['one that nobody has made', data(), 'Expected an initialized dynptr as R1'],
  ['its second half', `${local()}${data(-24)}`, 'Expected an initialized dynptr as R1'],
  ['an address that is not aligned', `${local()}${data(-28)}`, 'Expected an initialized dynptr as R1'],
  ['made where there is room for half of it', ring(-8), 'Dynptr has to be an uninitialized dynptr'],
  ['made at an address that is not aligned', ring(-20), 'Dynptr has to be an uninitialized dynptr'],
  ['a ring buffer that is given back', `${ring()}${give()}`, undefined],
  ['discarded', `${ring()}${give(-16, 'discard')}`, undefined],
  ['never', ring(), 'Unreleased reference id=1 alloc_insn=6'],
  ['twice', `${ring()}${give()}${give()}`, 'Expected an initialized dynptr as R1'],
  ['another kind given back', `${local()}${give(-32)}`, 'Expected a dynptr of type ringbuf as R1'],
  [
    'a part of it after that',
    `${ring()}${data(-16)}\nr7 = r0\n${give()}\nif r7 == 0 goto out\nr1 = *(u64 *)(r7 + 0)`,
    "R7 invalid mem access 'scalar'",
  ],
  [
    'a part of it before that',
    `${ring()}${data(-16)}\nif r0 == 0 goto done\n*(u64 *)(r0 + 0) = 1\ndone:${give()}`,
    undefined,
  ],
  ['written over', `${local()}\n*(u64 *)(r10 - 32) = 0${data()}`, 'Expected an initialized dynptr as R1'],
  [
    'in its second half',
    `${local()}\n*(u8 *)(r10 - 17) = 0${data()}`,
    'Expected an initialized dynptr as R1',
  ],
  ['next to it', `${local()}\n*(u64 *)(r10 - 40) = 0${data()}`, undefined],
  [
    'a part of one that is written over',
    `${local()}${data()}\nif r0 == 0 goto out\n*(u64 *)(r10 - 32) = 0\nr1 = *(u64 *)(r0 + 0)`,
    "R0 invalid mem access 'scalar'",
  ],
  [
    'one that has to be given back',
    `${ring()}\n*(u64 *)(r10 - 16) = 0`,
    'cannot overwrite referenced dynptr',
  ],
  ['made over it', `${ring()}${ring()}`, 'cannot overwrite referenced dynptr'],
  ['made over one that has not', `${ring()}${give()}${ring()}${give()}`, undefined],
  ['read', `${local()}\nr1 = *(u64 *)(r10 - 32)`, 'invalid read from stack off -32+0 size 8'],
  [
    'handed to a helper as memory',
    `${local()}\nr1 = r10\nr1 += -32\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -56\ncall bpf_strtol`,
    'invalid read from stack R1 off -32+0 size 16',
  ],
  [
    'bytes of it read to the stack',
    `${local()}\nr1 = r10\nr1 += -64\nr2 = 8\nr3 = r10\nr3 += -32\nr4 = 0\nr5 = 0\ncall bpf_dynptr_read\nr1 = *(u64 *)(r10 - 64)`,
    undefined,
  ],
  [
    'more than there is room for',
    `${local()}\nr1 = r10\nr1 += -64\nr2 = 80\nr3 = r10\nr3 += -32\nr4 = 0\nr5 = 0\ncall bpf_dynptr_read`,
    'invalid write to stack R1 off=-64 size=80',
  ],
  [
    'bytes written to it',
    `${local()}\n*(u64 *)(r10 - 64) = 1\nr1 = r10\nr1 += -32\nr2 = 0\nr3 = r10\nr3 += -64\nr4 = 8\nr5 = 0\ncall bpf_dynptr_write`,
    undefined,
  ],
  ['its size', `${local()}${kfunc('bpf_dynptr_size')}`, undefined],
  ['the size of none', kfunc('bpf_dynptr_size'), 'Expected an initialized dynptr as R1'],
  [
    'the size of something else',
    `${local()}\nr1 = r6\nkfunc bpf_dynptr_size`,
    'R1 expected pointer to stack or const struct bpf_dynptr',
  ],
  ['the size of null', 'r1 = 0\nkfunc bpf_dynptr_size', 'Possibly NULL pointer passed to trusted R1'],
  ['whether it is null', `${local()}${kfunc('bpf_dynptr_is_null')}`, undefined],
  ['fewer bytes of it', `${local()}\nr2 = 1\nr3 = 2${kfunc('bpf_dynptr_adjust')}`, undefined],
  ['fewer by an address', `${local()}\nr2 = 1\nr3 = r6${kfunc('bpf_dynptr_adjust')}`, 'R3 is not a scalar'],
  [
    'a slice',
    `${local()}${slice('bpf_dynptr_slice')}\nif r0 == 0 goto out\nr1 = *(u64 *)(r0 + 0)`,
    undefined,
  ],
  [
    'a slice that is written',
    `${local()}${slice('bpf_dynptr_slice')}\nif r0 == 0 goto out\n*(u64 *)(r0 + 0) = 1`,
    'R0 cannot write into rdonly_mem',
  ],
  [
    'a slice to be written',
    `${local()}${slice('bpf_dynptr_slice_rdwr')}\nif r0 == 0 goto out\n*(u64 *)(r0 + 0) = 1`,
    undefined,
  ],
  [
    'a slice of an unknown size',
    `${local()}${slice('bpf_dynptr_slice', 'r4 = *(u64 *)(r6 + 0)')}`,
    'R4 must be a known constant',
  ],
  ['a slice with a buffer', `${local()}${slice('bpf_dynptr_slice', 'r4 = 8', 'r3 = r6')}`, undefined],
  [
    'a slice with one that is too small',
    `${local()}${slice('bpf_dynptr_slice', 'r4 = 65', 'r3 = r6')}`,
    'R3 and R4 memory, len pair leads to invalid memory access',
  ],
  ['a copy', `${local()}${clone()}${data(-48)}`, undefined],
  ['a copy of none', clone(), 'Expected an initialized dynptr as R1'],
  [
    'a copy that outlives the original',
    `${ring()}${clone(-16)}\n*(u64 *)(r10 - 16) = 0${give(-48)}`,
    undefined,
  ],
  [
    'the last copy',
    `${ring()}${clone(-16)}\n*(u64 *)(r10 - 16) = 0\n*(u64 *)(r10 - 48) = 0`,
    'cannot overwrite referenced dynptr',
  ],
  [
    'a copy of what was given back',
    `${ring()}${clone(-16)}${give()}${give(-48)}`,
    'Expected an initialized dynptr as R1',
  ],
  [
    'a copy of memory whose original is gone',
    `${local()}${clone()}\n*(u64 *)(r10 - 32) = 0${data(-48)}`,
    undefined,
  ],
];

test.each(RULES)('%s', (_, text, said) => {
  expect(saidOfText(`${text}${end}`)).toBe(said);
});

test('the log names a dynptr once, and what is part of it', () => {
  const request = requestOf(
    insnsOfText(`${local()}${data()}\nif r0 == 0 goto out${ring()}${give()}${end}`),
    {},
  );
  const { log } = verifyWithLog(request, 2);
  expect(log.find((line) => line.includes('call bpf_dynptr_from_mem'))).toMatch(
    / ; fp-32=dynptr_local\(id=2\)$/,
  );
  expect(log.find((line) => line.includes('call bpf_dynptr_data'))).toMatch(
    / R0=mem_or_null\(id=3,parent_id=2,sz=8\) fp-32=dynptr_local\(id=2\)$/,
  );
  expect(log.find((line) => line.includes('call bpf_ringbuf_reserve_dynptr'))).toMatch(
    / fp-16=dynptr_ringbuf\(id=5,parent_id=4\) refs=4$/,
  );
});

describe('kinds and releases', () => {
  const RAW_TP = { type: PROGRAM_TYPE.rawTracepoint, attachType: 0, flags: 0 };
  const rdwr = `${local()}${slice('bpf_dynptr_slice_rdwr')}${end}`;

  test('a slice to be written wants a kind of program that may write packets', () => {
    expect(saidOfText(rdwr, { kind: RAW_TP })).toBe('the prog does not allow writes to packet data');
    expect(saidOfText(`${local()}${slice('bpf_dynptr_slice')}${end}`, { kind: RAW_TP })).toBeUndefined();
  });

  test('arguments are numbered as the release does', () => {
    const series = seriesOf('6.12');
    expect(saidOfText(`${data()}${end}`, { series })).toBe('Expected an initialized dynptr as arg #0');
  });

  test('a slice does not fit where a key is wanted, nor with an offset', () => {
    const key = `${local()}${slice('bpf_dynptr_slice')}\nif r0 == 0 goto out\nr2 = r0\nmap r1 hash\ncall bpf_map_lookup_elem`;
    expect(saidOfText(`${key}${end}`)).toMatch(/^R2 type=rdonly_mem expected=fp, pkt, /);
    const print = (move: string): string =>
      `${local()}${slice('bpf_dynptr_slice')}\nif r0 == 0 goto out\nr1 = r0${move}\nr2 = 4\ncall bpf_trace_printk${end}`;
    expect(saidOfText(print(''))).toBeUndefined();
    expect(saidOfText(print('\nr1 += 4'))).toBe('dereference of modified rdonly_mem ptr R1 off=4 disallowed');
  });
});
