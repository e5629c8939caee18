// cspell:ignore lubpf
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeProgram } from '../src/isa/encode.js';
import { type AnyInsn, makeInsn, slotsOf } from '../src/isa/insn.js';
import { operation } from '../src/isa/table.js';
import { objectUnit } from '../src/lab/environment.js';

/** What `cmake --install` has made of uBPF's sources: `include/ubpf.h`, and a library in `lib`. */
export interface Ubpf {
  /**
   * A program's first result, and the processor time of a later run, the mean of some milliseconds, in nanoseconds; undefined
   * for one that uBPF does not run.
   */
  readonly time: (
    name: string,
    bytes: Uint8Array,
    ms: number,
  ) => { readonly result: bigint; readonly ns: number } | undefined;
  readonly remove: () => void;
}

const REFUSED = 3;

/** Instructions without names: an address in the object's data is its distance from where that begins. */
function withoutNames(insns: readonly AnyInsn[], places: ReadonlyMap<string, number>) {
  const slots: number[] = [];
  let slot = 0;
  const plain = insns.map((insn): AnyInsn => {
    const ref = 'ref' in insn ? insn.ref : undefined;
    const start = ref && places.get(ref.name);
    const at = slot;
    slot += slotsOf(insn);
    if (ref === undefined || start === undefined || !('dst' in insn)) return insn;
    slots.push(at);
    return makeInsn(operation('lddw'), { dst: insn.dst, imm: start + Number(ref.addend), hi: 0 });
  });
  return { plain, slots };
}

/** Makes the program that runs others in a uBPF; `folder` has its source. Throws where that cannot be compiled. */
export function compileUbpf(prefix: string, folder: URL): Ubpf {
  const dir = mkdtempSync(join(tmpdir(), 'tinybpf-bench-'));
  const [binary, code, data] = ['ubpf', 'code', 'data'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  const source = fileURLToPath(new URL('ubpf.c', folder));
  const remove = (): void => rmSync(dir, { recursive: true });
  const places = [`-I${prefix}/include`, `-L${prefix}/lib`];
  const built = spawnSync('cc', ['-O2', ...places, '-o', binary, source, '-lubpf', '-lm'], {
    encoding: 'utf8',
  });
  if (built.status !== 0) {
    remove();
    throw new Error(`UBPF=${prefix}: ${built.stderr}`);
  }
  const time: Ubpf['time'] = (name, bytes, ms) => {
    const { object } = objectUnit(name, bytes);
    const starts = new Map<string, number>();
    const parts: Uint8Array[] = [];
    let size = 0;
    for (const section of object.data) {
      starts.set(section.name, size);
      const padded = new Uint8Array(Math.ceil(section.size / 64) * 64);
      padded.set(section.bytes);
      parts.push(padded);
      size += padded.length;
    }
    const { plain, slots } = withoutNames(object.programs[0]!.insns, starts);
    writeFileSync(code, encodeProgram(plain));
    writeFileSync(data, Buffer.concat(parts));
    const ran = spawnSync(binary, [code, data, String(ms), ...slots.map(String)], { encoding: 'utf8' });
    if (ran.status === REFUSED) return undefined;
    const [result, ns] = ran.stdout.split(' ');
    if (ran.status !== 0 || result === undefined) throw new Error(`${name} failed in uBPF: ${ran.stderr}`);
    return { result: BigInt(result), ns: Number(ns) };
  };
  return { time, remove };
}
