import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let made: string | undefined;

/** A folder for what commands are given, gone when the process ends. */
function folder(): string {
  if (made === undefined) {
    const dir = mkdtempSync(join(tmpdir(), 'tinybpf-fuzz-'));
    process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
    made = dir;
  }
  return made;
}

/** The path of a file there. */
export const pathOf = (name: string): string => join(folder(), name);

/** Writes a file there and gives its path. */
export function given(name: string, content: string | Uint8Array): string {
  const path = pathOf(name);
  writeFileSync(path, content);
  return path;
}
