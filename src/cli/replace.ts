import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errorAt, InputError } from '../text/diagnostic.js';
import { errorCode, reasonOf, writeAll } from './descriptor.js';

const { O_WRONLY, O_RDWR, W_OK } = constants;

/** The disk, not the name, is the trouble: another way to write would fail, too, or do damage. */
const FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO']);

/** Opens a new file beside another, for what is to take its place. */
function openBeside(path: string, mode: number): { fd: number; temporary: string } {
  for (let n = 0; ; n += 1) {
    const temporary = join(dirname(path), `.tinybpf-${process.pid}-${n}.tmp`);
    try {
      return { fd: openSync(temporary, 'wx', mode), temporary };
    } catch (e) {
      if (errorCode(e) !== 'EEXIST') throw e;
    }
  }
}

/** Puts a new file in the place of what is there, with the owner and the mode of the old one. */
export function replace(path: string, bytes: Uint8Array, old?: Stats): void {
  const { fd, temporary } = openBeside(path, old === undefined ? 0o666 : 0o600);
  try {
    try {
      writeAll(fd, bytes);
      if (old !== undefined) {
        const own = fstatSync(fd);
        if (own.uid !== old.uid || own.gid !== old.gid) fchownSync(fd, old.uid, old.gid);
        fchmodSync(fd, old.mode & 0o7777);
      }
      // Some file systems find out only now that there is no space.
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (e) {
    rmSync(temporary, { force: true });
    throw e;
  }
}

/** Opens a file to be changed in place; what may be written need not be readable. */
function openInPlace(path: string): { fd: number; isReadable: boolean } {
  try {
    return { fd: openSync(path, O_RDWR), isReadable: true };
  } catch (e) {
    if (errorCode(e) !== 'EACCES') throw e;
    return { fd: openSync(path, O_WRONLY), isReadable: false };
  }
}

/** Gives a file its first bytes and its length again, if it can. */
function isPutBack(fd: number, saved: Uint8Array, size: number): boolean {
  try {
    writeAll(fd, saved, 0);
    ftruncateSync(fd, size);
    return true;
  } catch {
    return false;
  }
}

/** Writes into a file that keeps its identity. What was there is put back if not all can be written. */
function overwrite(path: string, bytes: Uint8Array): void {
  const { fd, isReadable } = openInPlace(path);
  try {
    const { size } = fstatSync(fd);
    const saved = new Uint8Array(isReadable ? Math.min(size, bytes.length) : 0);
    for (let at = 0, n = 1; at < saved.length && n > 0; at += n)
      n = readSync(fd, saved, at, saved.length - at, at);
    try {
      writeAll(fd, bytes, 0);
      if (size > bytes.length) ftruncateSync(fd, bytes.length);
    } catch (e) {
      if (!isReadable || !isPutBack(fd, saved, size))
        throw new InputError(
          errorAt('B0805', `cannot write ${path}: ${reasonOf(e)}`, {
            notes: ['what was in it could not be put back'],
          }),
        );
      throw e;
    }
  } finally {
    closeSync(fd);
  }
}

/** Writes a regular file: one that has one name is replaced if that can be done without changing its owner. */
export function writeFile(path: string, bytes: Uint8Array, info: Stats, isAlone: boolean): void {
  accessSync(path, W_OK);
  if (isAlone) {
    try {
      replace(path, bytes, info);
      return;
    } catch (e) {
      if (FULL.has(errorCode(e))) throw e;
    }
  }
  overwrite(path, bytes);
}
