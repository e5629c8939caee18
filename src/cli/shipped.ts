import { BUILT } from '../kernel/boot/built.generated.js';
import type { ShippedFiles } from '../lab/environment.js';
import { sourcesIn } from './programs.js';
import { readObjectFile } from './read.js';

export function shippedFiles(): ShippedFiles {
  return {
    kernel: sourcesIn('kernel'),
    guards: sourcesIn('guards'),
    built: BUILT,
    readObject: readObjectFile,
  };
}
