import { readFileSync } from 'node:fs';
import type { TargetTypes } from '../../src/object/core/target.js';
import type { BpfObject } from '../../src/object/object.js';
import { readObject } from '../../src/object/read.js';

/** Bytes of an object of test/data/objects. */
export function ownBytes(name: string): Uint8Array {
  return readFileSync(new URL(`../data/objects/${name}.bpf.o`, import.meta.url));
}

export function mustRead(name: string, bytes: Uint8Array, target?: TargetTypes): BpfObject {
  const result = readObject(name, bytes, target);
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('\n'));
  return result.object;
}

export function readOwn(name: string, target?: TargetTypes): BpfObject {
  return mustRead(`${name}.bpf.o`, ownBytes(name), target);
}
