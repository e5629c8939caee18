import { BUILT } from '../kernel/boot/built.generated.js';
import { doubts } from '../lab/doubts.js';
import type { ShippedFiles } from '../lab/environment.js';
import { toRun } from '../lab/to-run.js';
import { sourcesIn } from './programs.js';
import { type CompileC, readObjectFile } from './read.js';

export function shippedFiles(compile?: CompileC): ShippedFiles {
  return {
    kernel: sourcesIn('kernel'),
    guards: sourcesIn('guards'),
    built: BUILT,
    readObject: (path, from) => readObjectFile(path, from, compile),
    advice: { doubts, toRun },
  };
}
