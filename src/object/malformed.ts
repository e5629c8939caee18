import type { Code } from '../text/codes.js';
import { errorAt, InputError } from '../text/diagnostic.js';

/** What is thrown inside of this folder for a damaged object; `readObject` turns it into a result. */
export function malformed(code: Code, message: string, help?: string): InputError {
  return new InputError(errorAt(code, message, { help }));
}

export const hex = (n: number): string => `0x${n.toString(16)}`;
