import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT } from '../kernel/boot/built.generated.js';
import type { ShippedFiles } from '../lab/environment.js';
import type { Source } from '../text/source.js';
import { readObjectFile } from './read.js';

/** The folder of labs, guards and kernel files that comes with the program. */
export const PROGRAMS = fileURLToPath(new URL('../../programs/', import.meta.url));

function sourcesIn(dir: string): Map<string, Source> {
  const files = readdirSync(join(PROGRAMS, dir)).filter((f) => f.endsWith('.bpf'));
  return new Map(
    files.map((f) => {
      const name = join('programs', dir, f);
      return [f.slice(0, -'.bpf'.length), { name, text: readFileSync(join(PROGRAMS, dir, f), 'utf8') }];
    }),
  );
}

export function shippedFiles(): ShippedFiles {
  return {
    kernel: sourcesIn('kernel'),
    guards: sourcesIn('guards'),
    built: BUILT,
    readObject: readObjectFile,
  };
}
