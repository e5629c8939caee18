import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExportedLab, exportLab } from '../../src/export/lab.js';
import { bootScenario } from '../../src/lab/boot.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { environment } from './environment.js';

export interface ExportedText extends ExportedLab {
  readonly text: string;
}

/** What a lab's text is exported as. */
export function exportedFrom(name: string, text: string, license = 'GPL'): ExportedText {
  const lab = parseOrThrow({ name, text });
  const { kernel } = bootScenario(lab, undefined, environment, {});
  return { ...exportLab(lab, kernel, license), text };
}

/** The labs of `programs` and of folders in it, by their path from the root of the repository. */
export function shippedLabs(): string[] {
  return ['programs', 'programs/explore', 'programs/bench'].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.bpf'))
      .map((file) => join(folder, file)),
  );
}

export const read = (path: string): string => readFileSync(path, 'utf8');

/** The lab with an object in the place of what that holds: its maps, its variables, its programs. */
function withObject(text: string, object: string): string {
  const lab = parseOrThrow({ name: 'lab.bpf', text });
  let out = text;
  for (const d of [...lab.declarations].reverse()) {
    if (d.kind !== 'map' && d.kind !== 'global' && d.kind !== 'program') continue;
    out = out.slice(0, d.span.start) + out.slice(d.span.end);
  }
  return `object "${object}"\n${out}`;
}

/** Writes an exported lab, and a lab that runs its object under the same scenarios; gives the lab's path. */
export function writeBoth(dir: string, name: string, { bytes, text }: ExportedText): string {
  writeFileSync(join(dir, `${name}.o`), bytes!);
  const path = join(dir, `${name}.bpf`);
  writeFileSync(path, withObject(text, `${name}.o`));
  return path;
}
