import { InputError } from '../../src/text/diagnostic.js';
import { formatDiagnostics } from '../../src/text/format.js';

/** What is printed of an input that is refused; nothing where it is not. */
export function refusalOf(act: () => unknown): string {
  try {
    act();
    return '';
  } catch (e) {
    if (e instanceof InputError) return formatDiagnostics(e.diagnostics);
    throw e;
  }
}
