import { accessSync, constants, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorAt } from '../text/diagnostic.js';
import { UsageError } from './io.js';

function refuse(path: string, e: unknown): never {
  const code = (e as NodeJS.ErrnoException).code;
  const why =
    code === 'ENOENT'
      ? `there is no folder ${dirname(path)}`
      : code === 'EACCES' || code === 'EROFS'
        ? `${path} may not be written`
        : `cannot write ${path}: ${code ?? 'unknown error'}`;
  throw new UsageError(errorAt('B0805', why));
}

/** Throws `UsageError` where a file could not be written later, after long work. */
export function checkWritable(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (e) {
    refuse(path, e);
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new UsageError(errorAt('B0805', `${path} is a directory`));
}

/**
 * Makes a folder, and those it lies in, that files can be written into. Throws `UsageError`. Not by the recursive mkdir
 * of node, which goes on for ever below a file system that makes no folders (/proc).
 */
export function makeFolder(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    const parent = dirname(path);
    if (parent !== path) makeFolder(parent);
    try {
      mkdirSync(path);
    } catch (e) {
      refuse(path, e);
    }
  }
  checkWritable(join(path, 'file'));
}

/** Writes a file whole or not at all: a reader sees what was there before or all of the new. Throws `UsageError`. */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (e) {
    rmSync(temporary, { force: true });
    refuse(path, e);
  }
}
