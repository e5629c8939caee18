import { BUILT } from '../../kernel/boot/built.generated.js';
import { Environment } from '../../lab/environment.js';
import { errorAt, InputError } from '../../text/diagnostic.js';
import type { Source } from '../../text/source.js';

function sources(files: Record<string, string>, folder: string): Map<string, Source> {
  return new Map(
    Object.entries(files).map(([path, text]) => {
      const file = path.slice(path.lastIndexOf('/') + 1);
      return [file.slice(0, -'.bpf'.length), { name: `programs/${folder}/${file}`, text }];
    }),
  );
}

/** The labs of the benchmark, by name. */
export function benchLabs(): ReadonlyMap<string, Source> {
  const files: Record<string, string> = import.meta.glob('../../../programs/bench/*.bpf', {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  return sources(files, 'bench');
}

/** The emulated kernel and the guards, built into the page: parsed and assembled, with their texts. */
export function builtInEnvironment(fileNamed: (name: string) => Uint8Array | undefined): Environment {
  const textsOf = (files: Readonly<Record<string, { readonly text: string }>>): Record<string, string> =>
    Object.fromEntries(Object.entries(files).map(([name, { text }]) => [`${name}.bpf`, text]));
  return new Environment({
    kernel: sources(textsOf(BUILT.kernel), 'kernel'),
    guards: sources(textsOf(BUILT.guards), 'guards'),
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
