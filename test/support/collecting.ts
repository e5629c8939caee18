import { type Diagnostic, InputError } from '../../src/text/diagnostic.js';

/** What `act` returns; undefined where it found something wrong with the input, which is added to `diagnostics`. */
export function collecting<T>(diagnostics: Diagnostic[], act: () => T): T | undefined {
  try {
    return act();
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    diagnostics.push(...e.diagnostics);
    return undefined;
  }
}
