import { Environment } from '../lab/environment.js';
import { errorAt } from '../text/diagnostic.js';
import { type Compilation, compileC } from './clang.js';
import type { CliContext } from './context.js';
import { UsageError } from './io.js';
import { shippedFiles } from './shipped.js';

/** What clang made of the files of a command, or why it made nothing: it is asked once for each. */
const objects = new WeakMap<Compilation, Map<string, () => Uint8Array>>();

function once(path: string, compilation: Compilation): () => Uint8Array {
  try {
    const object = compileC(path, compilation);
    return () => object;
  } catch (e) {
    return () => {
      throw e;
    };
  }
}

/** The object of a C file, for whoever said how it is compiled. Throws `UsageError` where nobody did. */
export function compiled({ compilation }: CliContext, path: string): Uint8Array {
  if (compilation !== undefined) {
    const known = objects.get(compilation) ?? new Map<string, () => Uint8Array>();
    objects.set(compilation, known);
    const object = known.get(path) ?? once(path, compilation);
    known.set(path, object);
    return object();
  }
  throw new UsageError(
    errorAt('B0803', `${path} is not compiled by this command`, {
      help: '`run`, `check`, `step`, `explore` and `bench` do',
    }),
  );
}

const environments = new WeakMap<CliContext, Environment>();

/** What a command runs labs in: one for all that it runs, the shipped files unless it was given another. Commands that run none do not load what this needs. */
export function environmentOf(cx: CliContext): Environment {
  const known = cx.host.environment ?? environments.get(cx);
  if (known !== undefined) return known;
  const made = new Environment(
    shippedFiles((path) => compiled(cx, path)),
    cx.maxErrors,
  );
  environments.set(cx, made);
  return made;
}
