import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errorAt, InputError, noteAt } from '../text/diagnostic.js';
import type { CliContext } from './context.js';
import { errorCode, reasonOf, writeAll } from './descriptor.js';
import { type Destination, destinationOf, failure } from './destination.js';
import { UsageError } from './io.js';
import { replace, writeFile } from './replace.js';

/**
 * Every option that writes a file writes it here. What is replaced, what is written into and what remains after a signal or
 * a full disk is more than the packages for this do: write-file-atomic 7 and atomically 2 replace a pipe, a device or
 * one of several names by a file, and take a part that was written for all of it.
 */

const { O_WRONLY, O_NONBLOCK, W_OK, X_OK } = constants;

/** Signals that end a process and that it can put off. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Throws what the user is shown: wrong usage where the name is at fault, else a failure. */
function refuse(path: string, e: unknown): never {
  if (e instanceof InputError || e instanceof UsageError) throw e;
  const wrong = (why: string): never => {
    throw new UsageError(errorAt('B0805', why));
  };
  const at = (e as NodeJS.ErrnoException).path ?? path;
  switch (errorCode(e)) {
    case 'ENOENT':
      return wrong(path === '' ? 'a file without a name' : `there is no directory ${at}`);
    case 'ENOTDIR':
      return wrong(`${at} is not a directory`);
    case 'EISDIR':
      return wrong(`${path} is a directory`);
    case 'ELOOP':
      return wrong(`${path} is a link that leads in a circle`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return wrong(`${path} may not be written`);
    default:
      throw new InputError(errorAt('B0805', `cannot write ${path}: ${reasonOf(e)}`));
  }
}

function checkDestination(place: Destination): void {
  switch (place.kind) {
    case 'descriptor':
      fstatSync(place.fd);
      return;
    case 'new':
      accessSync(dirname(place.path), W_OK | X_OK);
      return;
    case 'file':
    case 'special':
      accessSync(place.path, W_OK);
      return;
    case 'directory':
      throw failure('EISDIR', place.path);
    default:
      place satisfies never;
  }
}

/** Throws `UsageError` where a file could not be written later, after long work. */
export function checkWritable(path: string): void {
  try {
    checkDestination(destinationOf(path));
  } catch (e) {
    refuse(path, e);
  }
}

/**
 * Makes a folder, and those it lies in, that files can be written into. Throws `UsageError`. Not by the recursive mkdir
 * of node, which goes on for ever below a file system that makes no folders (/proc).
 */
export function makeFolder(path: string): void {
  try {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      const parent = dirname(path);
      if (parent !== path) makeFolder(parent);
      mkdirSync(path);
    }
  } catch (e) {
    refuse(path, errorCode(e) === 'EEXIST' ? failure('ENOTDIR', path) : e);
  }
  checkWritable(join(path, 'file'));
}

/** Opens a device or a pipe. Nobody is left wondering why nothing happens where a pipe has no reader. */
function openSpecial(cx: CliContext, name: string, path: string, info: Stats): number {
  if (!info.isFIFO()) return openSync(path, O_WRONLY);
  try {
    // Kept open, however slow: a reader would take an end for the end.
    return openSync(path, O_WRONLY | O_NONBLOCK);
  } catch (e) {
    if (errorCode(e) !== 'ENXIO') throw e;
    cx.report([noteAt('B0805', `nobody reads the pipe ${name} yet: waiting for a reader`)]);
    return openSync(path, O_WRONLY);
  }
}

/** Writes into what is not a file. A reader that has seen enough is not an error, as on standard output. */
function writeInto(fd: number, bytes: Uint8Array): void {
  try {
    writeAll(fd, bytes);
  } catch (e) {
    if (errorCode(e) !== 'EPIPE') throw e;
  }
}

function writeAt(cx: CliContext, name: string, place: Destination, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  switch (place.kind) {
    case 'descriptor':
      if (place.fd === 1) cx.stdout.bytes(bytes);
      else if (place.fd === 2) cx.stderr.bytes(bytes);
      else writeInto(place.fd, bytes);
      return;
    case 'new':
      replace(place.path, bytes);
      return;
    case 'file':
      writeFile(place.path, bytes, place.info, place.isAlone);
      return;
    case 'special': {
      const fd = openSpecial(cx, name, place.path, place.info);
      try {
        writeInto(fd, bytes);
      } finally {
        closeSync(fd);
      }
      return;
    }
    case 'directory':
      throw failure('EISDIR', place.path);
    default:
      place satisfies never;
  }
}

/**
 * Resolves when signals that came before have been handled: they are delivered in their order, and one of our own
 * comes last.
 */
async function signalsHeard(): Promise<void> {
  if (process.platform === 'win32') return;
  let isHeard = false;
  process.once('SIGURG', () => {
    isHeard = true;
  });
  process.kill(process.pid, 'SIGURG');
  while (!isHeard) await new Promise((resolve) => setImmediate(resolve));
}

/** Does what must not be left half done: a signal that would end the process does so afterwards. */
async function undisturbed(act: () => void): Promise<void> {
  const heard: NodeJS.Signals[] = [];
  const hear = (signal: NodeJS.Signals): void => {
    heard.push(signal);
  };
  for (const signal of ENDING) process.on(signal, hear);
  try {
    act();
  } finally {
    await signalsHeard();
    for (const signal of ENDING) process.off(signal, hear);
    for (const signal of heard) if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  }
}

/** Whether what a name stands for is standard output. Throws `UsageError`. */
export function isStandardOutput(path: string): boolean {
  try {
    const place = destinationOf(path);
    return place.kind === 'descriptor' && place.fd === 1;
  } catch (e) {
    refuse(path, e);
  }
}

/**
 * Writes what an option names, whole or not at all. Links are followed. A regular file with one name is replaced at once,
 * keeping its mode and owner; one with several names, and one that only itself may be written, is written in place, and
 * is as before if that fails; what is not a regular file is written into. `-` and `/dev/stdout` are standard output, also
 * where that goes into the very file. Throws `UsageError` where the name is at fault, else `InputError`.
 */
export async function writeOutput(cx: CliContext, path: string, text: string | Uint8Array): Promise<void> {
  try {
    const place = destinationOf(path);
    const act = (): void => writeAt(cx, path, place, text);
    if (place.kind === 'file' || place.kind === 'new') await undisturbed(act);
    else act();
  } catch (e) {
    refuse(path, e);
  }
}
