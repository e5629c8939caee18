import type { Random } from '../random.js';

/** A 32-bit word of `.BTF` or `.BTF.ext`, and what it is: where a name begins, a type's number, its kind, a number. */
export interface Word {
  readonly role: 'name' | 'type' | 'info' | 'number';
  value: number;
}

/** A type, or what `.BTF.ext` says of one section, word by word. */
export type Words = Word[];

export interface BtfParts {
  readonly types: Words[];
  strings: Uint8Array;
}

type Role = Word['role'];

/** By kind, as in `include/uapi/linux/btf.h`: what the third word is, and what follows, once or as often as vlen says. */
interface Shape {
  readonly third: Role;
  readonly once: readonly Role[];
  readonly each: readonly Role[];
}

const shape = (third: Role, once: readonly Role[] = [], each: readonly Role[] = []): Shape => ({
  third,
  once,
  each,
});

const SHAPES: readonly Shape[] = [
  shape('number'),
  shape('number', ['number']),
  shape('type'),
  shape('number', ['type', 'type', 'number']),
  shape('number', [], ['name', 'type', 'number']),
  shape('number', [], ['name', 'type', 'number']),
  shape('number', [], ['name', 'number']),
  shape('number'),
  shape('type'),
  shape('type'),
  shape('type'),
  shape('type'),
  shape('type'),
  shape('type', [], ['name', 'type']),
  shape('type', ['number']),
  shape('number', [], ['type', 'number', 'number']),
  shape('number'),
  shape('type', ['number']),
  shape('type'),
  shape('number', [], ['name', 'number', 'number']),
];

export const KIND_COUNT = SHAPES.length;
export const kindOf = (type: Words): number => (type[1]!.value >>> 24) & 0x1f;
export const infoOf = (kind: number, vlen: number, flag: boolean): number =>
  (((flag ? 0x80 : 0) | kind) << 24) | vlen;

function rolesOf(kind: number, vlen: number): readonly Role[] {
  const { third, once, each } = SHAPES[kind] ?? SHAPES[0]!;
  return [
    'name',
    'info',
    third,
    ...once,
    ...Array.from({ length: each.length > 0 ? vlen : 0 }, () => each).flat(),
  ];
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Takes a good `.BTF` apart. */
export function readBtf(bytes: Uint8Array): BtfParts {
  const view = viewOf(bytes);
  const word = (at: number): number => view.getUint32(at, true);
  const start = word(4);
  const end = start + word(8) + word(12);
  const types: Words[] = [];
  for (let at = start + word(8); at < end; ) {
    const info = word(at + 4);
    const roles = rolesOf((info >>> 24) & 0x1f, info & 0xffff);
    types.push(roles.map((role, i) => ({ role, value: word(at + i * 4) })));
    at += roles.length * 4;
  }
  const strings = bytes.slice(start + word(16), start + word(16) + word(20));
  return { types, strings };
}

export interface ExtParts {
  /** Functions, lines, CO-RE relocations: size of a record, then for each section its name, a count and records. */
  readonly tables: [Words, Words, Words];
}

const RECORDS: readonly (readonly Role[])[] = [
  ['number', 'type'],
  ['number', 'name', 'name', 'number'],
  ['number', 'type', 'name', 'number'],
];

/** Takes a good `.BTF.ext` apart. */
export function readExt(bytes: Uint8Array): ExtParts {
  const view = viewOf(bytes);
  const word = (at: number): number => view.getUint32(at, true);
  const start = word(4);
  const tables = RECORDS.map((roles, i): Words => {
    const header = 8 + i * 8;
    if (header >= start) return [];
    const at = start + word(header);
    const words: Words = [];
    // Words left in the section's records.
    let left = 0;
    let index = 0;
    for (let n = 0; n < word(header + 4); n += 4) {
      const value = word(at + n);
      if (n === 0) words.push({ role: 'number', value });
      else if (left > 0) {
        words.push({ role: roles[index % roles.length]!, value });
        left -= 1;
        index += 1;
      } else {
        words.push({ role: 'name', value }, { role: 'number', value: word(at + n + 4) });
        left = (word(at + n + 4) * words[0]!.value) / 4;
        n += 4;
      }
    }
    return words;
  });
  return { tables: tables as ExtParts['tables'] };
}

export const bytesOf = (words: readonly Word[]): Uint8Array => {
  const out = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach(({ value }, i) => {
    out.setUint32(i * 4, value >>> 0, true);
  });
  return new Uint8Array(out.buffer);
};

/** A type of any kind out of nothing, its words still to be given values. */
export function newType(random: Random): Words {
  const kind = random.between(1, KIND_COUNT - 1);
  const vlen = random.between(0, 3);
  return rolesOf(kind, vlen).map((role) => ({
    role,
    value: role === 'info' ? infoOf(kind, vlen, random.chance(20)) : random.between(0, 8),
  }));
}
