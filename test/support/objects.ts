import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TargetTypes } from '../../src/object/core/target.js';
import type { BpfObject } from '../../src/object/object.js';
import { readObject } from '../../src/object/read.js';
import { OBJECTS, present } from './shared.js';

/** Bytes of an object of test/data/objects. */
export function ownBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../data/objects/${name}.bpf.o`, import.meta.url)));
}

export function readOwn(name: string, target?: TargetTypes): BpfObject {
  return readObject(`${name}.bpf.o`, ownBytes(name), target);
}

/** An object, and where what LLVM and libbpf said of it is recorded (test/tools/record-objects.ts). */
export interface RecordedObject {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const ownFolder = fileURLToPath(new URL('../data/objects/', import.meta.url));

function objectsIn(folder: string): RecordedObject[] {
  return readdirSync(folder)
    .filter((f) => f.endsWith('.o'))
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));
}

/** The project's own objects. */
export const OWN: readonly RecordedObject[] = objectsIn(ownFolder).sort((a, b) => (a.name < b.name ? -1 : 1));

/** The project's own objects, then those from outside, if they are there. */
export const RECORDED: readonly RecordedObject[] = [...OWN, ...(present(OBJECTS) ? objectsIn(OBJECTS) : [])];

/** A recording of an object; undefined where libbpf refused it. */
export function recording(kind: 'llvm19/objects' | 'libbpf', name: string): string | undefined {
  const path = fileURLToPath(new URL(`../data/${kind}/${name}.txt`, import.meta.url));
  return present(path) ? readFileSync(path, 'utf8') : undefined;
}
