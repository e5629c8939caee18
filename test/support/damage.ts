import { dissectObject } from '../../src/object/dissect.js';
import { listSections } from '../../src/object/list.js';
import { readObject } from '../../src/object/read.js';
import type { Diagnostic } from '../../src/text/diagnostic.js';
import { Findings } from '../../src/text/findings.js';
import { formatDiagnostics } from '../../src/text/format.js';
import { frameSize } from '../../src/verify/frame.js';
import { checkStructure } from '../../src/verify/structure.js';
import { splitSubprograms } from '../../src/verify/subprograms.js';

/** Longest time of the processor any bytes may take; far above what the largest object needs. */
const LONGEST_MS = 5000;

function checkDiagnostics(diagnostics: readonly Diagnostic[]): void {
  const text = formatDiagnostics(diagnostics);
  if (!/^error\[B1\d\d\d\]: damaged\.o: /.test(text) || /undefined|NaN|\[object/.test(text))
    throw new Error(`a poor diagnostic: ${text}`);
}

/** What is read; undefined where it is refused with a good diagnostic. */
function readable<T>(read: () => T): T | undefined {
  const findings = new Findings();
  const found = findings.attempt(read);
  if (found === undefined) checkDiagnostics(findings.diagnostics);
  return found;
}

/**
 * Does with the bytes all that is done with an object up to its being run. Throws if anything throws, if it takes long,
 * or if the object is refused without a good diagnostic. True if the object could be read.
 */
export function readDamaged(bytes: Uint8Array): boolean {
  const start = performance.now();
  const isRead = readWhole(bytes);
  if (performance.now() - start <= LONGEST_MS) return isRead;
  // The machine may have had other things to do: what counts is the processor's time, which takes long to ask for.
  const before = process.cpuUsage();
  readWhole(bytes);
  const { user, system } = process.cpuUsage(before);
  if (user + system > LONGEST_MS * 1000) throw new Error(`it took ${(user + system) / 1000} ms`);
  return isRead;
}

function readWhole(bytes: Uint8Array): boolean {
  const object = readable(() => readObject('damaged.o', bytes));
  for (const program of object?.programs ?? []) {
    const found = new Findings();
    const checked = checkStructure(program.insns, { internal: false }, found);
    for (const part of splitSubprograms(checked, found)) frameSize(part.insns);
    formatDiagnostics(found.diagnostics);
  }
  const sections = readable(() => dissectObject('damaged.o', bytes));
  listSections(sections ?? [], { style: 'llvm', alu32: false, bytes: true }, { source: true });
  return object !== undefined;
}

/** Random numbers from 0 to 1 that a seed determines (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Damage {
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** The object with byte `at` changed by a random non-zero xor. */
export function flipped(original: Uint8Array, at: number, random: () => number): Damage {
  const bytes = original.slice();
  const by = 1 + Math.floor(random() * 255);
  bytes[at] = bytes[at]! ^ by;
  return { what: `byte ${at} ^ 0x${by.toString(16)}`, bytes };
}

export function truncated(original: Uint8Array, length: number): Damage {
  return { what: `the first ${length} bytes`, bytes: original.slice(0, length) };
}

/** Numbers that break what is careless with sizes and offsets. */
const INTERESTING = [0, 1, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff] as const;

/** The object with 1 to 8 words replaced by random or treacherous numbers. */
export function scrambled(original: Uint8Array, random: () => number): Damage {
  const bytes = original.slice();
  const view = new DataView(bytes.buffer);
  const below = (n: number): number => Math.floor(random() * n);
  const edits = Array.from({ length: 1 + below(8) }, () => {
    const at = below(Math.floor(bytes.length / 4)) * 4;
    const choice = below(INTERESTING.length + 2);
    const value = INTERESTING[choice] ?? below(choice % 2 === 0 ? bytes.length : 2 ** 32);
    view.setUint32(at, value, true);
    return `0x${value.toString(16)} at ${at}`;
  });
  return { what: edits.join(', '), bytes };
}

/** Damages one after the other; an error names the damage. The result is how many could still be read. */
export function readAll(name: string, damages: Iterable<Damage>): { read: number; refused: number } {
  let read = 0;
  let refused = 0;
  for (const { what, bytes } of damages) {
    try {
      if (readDamaged(bytes)) read += 1;
      else refused += 1;
    } catch (e) {
      throw new Error(`${name}, ${what}: ${e instanceof Error ? e.message : String(e)}`, { cause: e });
    }
  }
  return { read, refused };
}
