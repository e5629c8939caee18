import { BUILT } from '../../kernel/boot/built.generated.js';
import { Environment } from '../../lab/environment.js';
import { errorAt, InputError } from '../../text/diagnostic.js';
import type { Source } from '../../text/source.js';
import { baseName } from '../files.js';

/** Files of a folder of `programs`, by name. */
const sources = (texts: Readonly<Record<string, string>>, folder: string): ReadonlyMap<string, Source> =>
  new Map(
    Object.entries(texts).map(([name, text]) => [name, { name: `programs/${folder}/${name}.bpf`, text }]),
  );

/** The labs of the benchmark, by name. */
export function benchLabs(): ReadonlyMap<string, Source> {
  const files: Record<string, string> = import.meta.glob('../../../programs/bench/*.bpf', {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  const named = Object.entries(files).map(([path, text]) => [baseName(path).slice(0, -'.bpf'.length), text]);
  return sources(Object.fromEntries(named), 'bench');
}

/** The emulated kernel and the guards, built into the page: parsed and assembled, with their texts. */
export function builtInEnvironment(fileNamed: (name: string) => Uint8Array | undefined): Environment {
  return new Environment({
    kernel: sources(BUILT.kernelTexts, 'kernel'),
    guards: sources(BUILT.guardTexts, 'guards'),
    built: BUILT,
    readObject: (name) => {
      const bytes = fileNamed(name);
      if (bytes !== undefined) return { name, bytes };
      throw new InputError(
        errorAt('B0801', `there is no file ${name} in this page`, {
          help: 'open it first, or drop it on the page',
        }),
      );
    },
  });
}
