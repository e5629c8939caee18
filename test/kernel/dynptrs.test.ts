import { describe, expect, test } from 'vitest';
import { at, dynptrLab } from '../support/dynptrs.js';
import { tinybpfHere } from '../support/in-process.js';

/** Makes a dynptr of the value at -32. */
const make = (size = 64, flags = 0): string => `r1 = r6
    r2 = ${size}
    r3 = ${flags}
    r4 = r10
    r4 += -32
    call bpf_dynptr_from_mem`;
const keep = (index: number, what = 'r0'): string => `*(u64 *)(r9 + ${8 * index}) = ${what}`;
const kfunc = (name: string, offset = -32): string => `${at('r1', offset)}\n    call ${name}`;
const write = (offset: number, len: number): string =>
  `${at('r1', -32)}\n    r2 = ${offset}\n    ${at('r3', -48)}\n    r4 = ${len}\n    r5 = 0\n    call bpf_dynptr_write`;
const read = (offset: number, len: number): string =>
  `${at('r1', -48)}\n    r2 = ${len}\n    ${at('r3', -32)}\n    r4 = ${offset}\n    r5 = 0\n    call bpf_dynptr_read`;
const adjust = (start: number, end: number): string =>
  `${at('r1', -32)}\n    r2 = ${start}\n    r3 = ${end}\n    call bpf_dynptr_adjust`;
const data = (offset: number, len: number): string =>
  `${at('r1', -32)}\n    r2 = ${offset}\n    r3 = ${len}\n    call bpf_dynptr_data`;
const slice = (name: string, offset: number, len: number): string =>
  `${at('r1', -32)}\n    r2 = ${offset}\n    r3 = 0\n    r4 = ${len}\n    call ${name}`;
const FILL = '*(u64 *)(r10 - 48) = 0x1234\n    *(u64 *)(r10 - 40) = 0';

const CASES: readonly (readonly [string, string, string])[] = [
  [
    'what is written is read',
    [
      make(),
      FILL,
      write(8, 8),
      keep(0),
      'r1 = *(u64 *)(r6 + 8)',
      keep(1, 'r1'),
      '*(u64 *)(r6 + 56) = 7',
      read(56, 8),
      keep(2),
      'r1 = *(u64 *)(r10 - 48)',
      keep(3, 'r1'),
    ].join('\n    '),
    'expect got[0] == 0\n expect got[1] == 0x1234\n expect got[2] == 0\n expect got[3] == 7',
  ],
  [
    'what would go over its end is not',
    [
      make(),
      FILL,
      write(57, 8),
      keep(0),
      write(56, 8),
      keep(1),
      read(0, 16),
      keep(2),
      write(64, 1),
      keep(3),
      write(64, 0),
      keep(4),
    ].join('\n    '),
    'expect got[0] == -7\n expect got[1] == 0\n expect got[2] == 0\n expect got[3] == -7\n expect got[4] == 0',
  ],
  [
    'parts of it have addresses',
    [
      make(),
      data(8, 8),
      'r1 = r0',
      'r1 -= r6',
      keep(0, 'r1'),
      data(64, 8),
      keep(1),
      slice('bpf_dynptr_slice', 16, 8),
      'r1 = r0',
      'r1 -= r6',
      keep(2, 'r1'),
      slice('bpf_dynptr_slice_rdwr', 24, 40),
      'r1 = r0',
      'r1 -= r6',
      keep(3, 'r1'),
      slice('bpf_dynptr_slice_rdwr', 24, 41),
      keep(4),
    ].join('\n    '),
    'expect got[0] == 8\n expect got[1] == 0\n expect got[2] == 16\n expect got[3] == 24\n expect got[4] == 0',
  ],
  [
    'it is made smaller',
    [
      make(),
      adjust(8, 24),
      keep(0),
      kfunc('bpf_dynptr_size'),
      keep(1),
      adjust(8, 17),
      keep(2),
      adjust(16, 16),
      keep(3),
      kfunc('bpf_dynptr_size'),
      keep(4),
      adjust(2, 1),
      keep(5),
      slice('bpf_dynptr_slice', 0, 0),
      'r1 = r0',
      'r1 -= r6',
      keep(6, 'r1'),
    ].join('\n    '),
    'expect got[0] == 0\n expect got[1] == 16\n expect got[2] == -34\n expect got[3] == 0\n expect got[4] == 0\n expect got[5] == -22\n expect got[6] == 24',
  ],
  [
    'one that could not be made is null',
    [
      make(64, 1),
      keep(0),
      kfunc('bpf_dynptr_is_null'),
      keep(1),
      kfunc('bpf_dynptr_size'),
      keep(2),
      FILL,
      write(0, 8),
      keep(3),
      read(0, 8),
      keep(4),
      data(0, 8),
      keep(5),
      kfunc('bpf_dynptr_is_rdonly'),
      keep(6),
    ].join('\n    '),
    'expect got[0] == -22\n expect got[1] == 1\n expect got[2] == -22\n expect got[3] == -22\n expect got[4] == -22\n expect got[5] == 0\n expect got[6] == 0',
  ],
  [
    'a copy goes its own way',
    [
      make(),
      at('r1', -32),
      at('r2', -64),
      'call bpf_dynptr_clone',
      keep(0),
      adjust(0, 8),
      kfunc('bpf_dynptr_size', -64),
      keep(1),
      kfunc('bpf_dynptr_size'),
      keep(2),
      kfunc('bpf_dynptr_is_null', -64),
      keep(3),
    ].join('\n    '),
    'expect got[0] == 0\n expect got[1] == 64\n expect got[2] == 8\n expect got[3] == 0',
  ],
];
const reserve = (size: number, flags = 0): string =>
  `r1 = ring ll\n    r2 = ${size}\n    r3 = ${flags}\n    ${at('r4', -32)}\n    call bpf_ringbuf_reserve_dynptr`;
const finish = (how: string): string => `${at('r1', -32)}\n    r2 = 0\n    call bpf_ringbuf_${how}_dynptr`;

const RING: readonly (readonly [string, string, string])[] = [
  [
    'a record',
    [reserve(16), keep(0), FILL, write(0, 8), keep(1), finish('submit')].join('\n    '),
    'expect got[0] == 0\n expect got[1] == 0',
  ],
  [
    'no record, of which parts are none',
    [
      reserve(8192),
      keep(0),
      FILL,
      write(0, 8),
      keep(1),
      finish('submit'),
      reserve(8, 1),
      keep(2),
      finish('discard'),
      reserve(0x1000000),
      keep(3),
      finish('submit'),
    ].join('\n    '),
    'expect got[0] == -22\n expect got[1] == -22\n expect got[2] == -22\n expect got[3] == -7',
  ],
];

describe.each(['interp', 'wasm'])('dynptrs on %s', (engine) => {
  test.each([...CASES, ...RING])('%s', async (_, body, expectations) => {
    const done = await tinybpfHere(
      ['run', '--verify', '--engine', engine, '-'],
      dynptrLab(
        body,
        expectations.replaceAll(/== -(\d+)/g, (_match, n: string) => `== ${2n ** 64n - BigInt(n)}`),
      ),
    );
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
  });

  test('the consumer finds the record, and none that was discarded', async () => {
    const body = [
      reserve(8),
      FILL,
      write(0, 8),
      finish('discard'),
      reserve(8),
      write(0, 8),
      finish('submit'),
    ].join('\n    ');
    const done = await tinybpfHere(['run', '--verify', '--engine', engine, '-'], dynptrLab(body, ''));
    expect(done.stdout).toContain('ring buffer ring: 1 record\n  34 12 00 00 00 00 00 00');
  });
});

test('objects are exchanged', async () => {
  const text = `global place : u64
global got : u64[2]
tracepoint hit()
program p : raw_tp/hit {
    r1 = place ll
    r2 = 5
    call bpf_kptr_xchg
    r9 = got ll
    *(u64 *)(r9 + 0) = r0
    r1 = place ll
    r2 = 0
    call bpf_kptr_xchg
    *(u64 *)(r9 + 8) = r0
    r0 = 0
    exit
}
scenario {
    cpu 0 { fire hit() }
    expect got[0] == 0
    expect got[1] == 5
    expect place == 0
}
`;
  for (const engine of ['interp', 'wasm']) {
    const done = await tinybpfHere(['run', '--no-verify', '--engine', engine, '-'], text);
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
  }
});
