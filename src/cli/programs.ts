import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Source } from '../text/source.js';

/** The folder of labs, guards and kernel files that comes with the program. */
export const PROGRAMS = fileURLToPath(new URL('../../programs/', import.meta.url));

/** The `.bpf` files of one of its folders, by their names without the ending. */
export function sourcesIn(dir: string): Map<string, Source> {
  const files = readdirSync(join(PROGRAMS, dir)).filter((f) => f.endsWith('.bpf'));
  return new Map(
    files.map((f) => {
      const name = join('programs', dir, f);
      return [f.slice(0, -'.bpf'.length), { name, text: readFileSync(join(PROGRAMS, dir, f), 'utf8') }];
    }),
  );
}
