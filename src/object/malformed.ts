import type { Code } from '../text/codes.js';
import { errorAt, InputError } from '../text/diagnostic.js';

/** What is thrown for a damaged object. The name of its file is added where the file's is known (`inFile`). */
export function malformed(code: Code, message: string, help?: string): InputError {
  return new InputError(errorAt(code, message, { help }));
}

/** What `read` returns. An `InputError` that it throws is thrown on with the name of the file. */
export function inFile<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    throw new InputError(e.diagnostics.map((d) => ({ ...d, message: `${name}: ${d.message}` })));
  }
}

export const hex = (n: number): string => `0x${n.toString(16)}`;
