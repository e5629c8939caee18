import { BUILT } from '../../kernel/boot/built.generated.js';
import { Environment } from '../../lab/environment.js';
import { errorAt, InputError } from '../../text/diagnostic.js';
import type { Source } from '../../text/source.js';

/** Files of a folder of `programs`, by name. */
export const sources = (
  texts: Readonly<Record<string, string>>,
  folder: string,
): ReadonlyMap<string, Source> =>
  new Map(
    Object.entries(texts).map(([name, text]) => [name, { name: `programs/${folder}/${name}.bpf`, text }]),
  );

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
