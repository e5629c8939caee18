import type { Memory } from '../../src/machine/memory.js';

export interface Spied {
  readonly at: number;
  readonly size: number;
  readonly writes: boolean;
}

/** Bytes of an element. */
const BYTES = { u8: 1, i32: 4, i64: 8 } as const;
/** A byte of a plane tells of 8 bytes; only that it is written is heard of. */
const PLANES = ['poison', 'kinds'] as const;
const PLANE_BYTES = 8;

/** Hears of everything that is read or written through a machine's memory, and of what is poisoned, while `during` lasts. */
export function spyOn(memory: Memory): {
  readonly accesses: readonly Spied[];
  during<T>(act: () => T): T;
} {
  const accesses: Spied[] = [];
  const note = (at: number, size: number, writes: boolean): void => {
    if (size > 0) accesses.push({ at, size, writes });
  };
  const arrays = (['u8', 'i32', 'i64'] as const).map(
    (name) => [name, spiedArray(memory[name], BYTES[name], note)] as const,
  );
  const noteWrite = (at: number, size: number, writes: boolean): void => {
    if (writes) note(at, size, writes);
  };
  const planes = PLANES.map((name) => [name, spiedArray(memory[name], PLANE_BYTES, noteWrite)] as const);
  const spied = [...arrays, ...planes, ['view', spiedView(memory.view, note)] as const];
  return {
    accesses,
    during(act) {
      const before = spied.map(([name]) => [name, Object.getOwnPropertyDescriptor(memory, name)!] as const);
      for (const [name, value] of spied) Object.defineProperty(memory, name, { value, configurable: true });
      try {
        return act();
      } finally {
        for (const [name, descriptor] of before) Object.defineProperty(memory, name, descriptor);
      }
    },
  };
}

type Note = (at: number, size: number, writes: boolean) => void;
type Words = Uint8Array | Int32Array | BigInt64Array;

/** What methods of a typed array read and write, by what they are given and how long it is: from and to, in elements. */
const METHODS: Readonly<
  Record<
    string,
    (
      args: readonly unknown[],
      length: number,
      note: (from: number, to: number, writes: boolean) => void,
    ) => void
  >
> = {
  copyWithin: ([to, from, end], length, note) => {
    const [a, b, c] = [Number(to), Number(from), end === undefined ? length : Number(end)];
    note(b, c, false);
    note(a, a + c - b, true);
  },
  fill: ([_, from, to], length, note) => note(Number(from ?? 0), Number(to ?? length), true),
  set: ([source, to], _, note) =>
    note(Number(to ?? 0), Number(to ?? 0) + (source as ArrayLike<unknown>).length, true),
  slice: ([from, to], length, note) => note(Number(from ?? 0), Number(to ?? length), false),
  subarray: ([from, to], length, note) => note(Number(from ?? 0), Number(to ?? length), false),
};

function spiedArray(array: Words, bytes: number, note: Note): Words {
  return new Proxy(array, {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) note(Number(name) * bytes, bytes, false);
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method = METHODS[String(name)];
      if (method === undefined) throw new Error(`a leaf calls ${String(name)} on all of memory`);
      return (...args: unknown[]): unknown => {
        method(args, target.length, (from, to, writes) => note(from * bytes, (to - from) * bytes, writes));
        return (value as (...a: unknown[]) => unknown).apply(target, args);
      };
    },
    set(target, name, value) {
      if (typeof name === 'string' && /^\d+$/.test(name)) note(Number(name) * bytes, bytes, true);
      return Reflect.set(target, name, value, target);
    },
  });
}

function spiedView(view: DataView, note: Note): DataView {
  return new Proxy(view, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      const [, kind, bits] = /^(get|set)\D*(\d+)$/.exec(String(name)) ?? [];
      if (typeof value !== 'function' || kind === undefined) return value;
      return (...args: unknown[]): unknown => {
        note(Number(args[0]), Number(bits) / 8, kind === 'set');
        return (value as (...a: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
