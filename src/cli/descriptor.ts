import { readSync, writeSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';

/** Milliseconds between two looks at a descriptor that another process has made non-blocking. */
const NAP = 5;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/** What of `readSync` is needed here. */
export type ReadSync = (fd: number, into: Uint8Array) => number;

export const errorCode = (e: unknown): string | undefined => (e as NodeJS.ErrnoException).code;

/** What an error of the operating system means, in its own words. */
export function reasonOf(e: unknown): string {
  const { errno, code, message } = e as NodeJS.ErrnoException;
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno);
  return known === undefined ? (code ?? message) : `${known[1]} (${known[0]})`;
}

/**
 * Repeats what a descriptor cannot do yet. Not by the event loop: what reads and writes here is in the middle of
 * something.
 */
function whenReady<T>(act: () => T): T {
  for (;;) {
    try {
      return act();
    } catch (e) {
      if (errorCode(e) !== 'EAGAIN') throw e;
      Atomics.wait(nobody, 0, 0, NAP);
    }
  }
}

/** Reads what is available by `read`, waiting for the first byte; 0 at the end. */
export function readSome(fd: number, into: Uint8Array, read: ReadSync = readSync): number {
  return whenReady(() => {
    try {
      return read(fd, into);
    } catch (e) {
      // What Windows says at the end of a pipe.
      if (errorCode(e) === 'EOF') return 0;
      throw e;
    }
  });
}

/**
 * Writes all, however little is taken at a time: a disk that fills up takes a part first, and says so only the next
 * time. From where the descriptor is, or from `position`.
 */
export function writeAll(fd: number, bytes: Uint8Array, position?: number): void {
  for (let at = 0; at < bytes.length; ) {
    const where = position === undefined ? null : position + at;
    at += whenReady(() => writeSync(fd, bytes, at, bytes.length - at, where));
  }
}
