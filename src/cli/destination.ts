import { fstatSync, lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { errorCode } from './descriptor.js';

/** What a name stands for that something is to be written to. */
export type Destination =
  /** A descriptor that this process has, such as `/dev/stdout`. */
  | { readonly kind: 'descriptor'; readonly fd: number }
  /** What is not there yet. */
  | { readonly kind: 'new'; readonly path: string }
  /** A regular file. `isAlone`: it has no other name. */
  | { readonly kind: 'file'; readonly path: string; readonly info: Stats; readonly isAlone: boolean }
  | { readonly kind: 'directory'; readonly path: string }
  /** A device, a pipe, a socket. */
  | { readonly kind: 'special'; readonly path: string; readonly info: Stats };

/** As many as Linux follows. */
const MOST_LINKS = 40;

/** An error as the operating system would give it. */
export const failure = (code: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${path}`), { code, path });

function realFolder(path: string): string {
  let code: string | undefined = 'ENOTDIR';
  try {
    const real = realpathSync(path);
    if (statSync(real).isDirectory()) return real;
  } catch (e) {
    code = errorCode(e);
  }
  throw failure(code ?? 'EIO', path);
}

function descriptorAt(dir: string, name: string): number | undefined {
  const isOurs = dir === '/dev/fd' || new RegExp(`^/proc/${process.pid}/(task/\\d+/)?fd$`).test(dir);
  return isOurs && /^\d+$/.test(name) ? Number(name) : undefined;
}

/**
 * Follows links to what is not a link, whether that exists or not. A link of `/proc` stands for what it leads to,
 * whatever its text is. The errors of the operating system are thrown, with the `path` that they are about.
 */
function follow(path: string): string | number {
  let at = path;
  for (let links = 0; links <= MOST_LINKS; links += 1) {
    if (/(^|\/)\.{0,2}$/.test(at)) {
      if (statSync(at).isDirectory()) return at;
      throw failure('ENOTDIR', at);
    }
    const dir = realFolder(dirname(at));
    const name = basename(at);
    const fd = descriptorAt(dir, name);
    if (fd !== undefined) return fd;
    const here = join(dir, name);
    const isLink = lstatSync(here, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (!isLink || dir.startsWith('/proc/')) return here;
    at = resolve(dir, readlinkSync(here));
  }
  throw failure('ELOOP', path);
}

/** Whether a descriptor is open on a file. */
function isOpenOn(fd: number, { dev, ino }: Stats): boolean {
  const open = fstatSync(fd);
  return open.dev === dev && open.ino === ino;
}

/** What a name stands for; `-` is standard output. Throws the errors of the operating system. */
export function destinationOf(path: string): Destination {
  if (path === '-') return { kind: 'descriptor', fd: 1 };
  const end = follow(path);
  if (typeof end === 'number') return { kind: 'descriptor', fd: end };
  const info = statSync(end, { throwIfNoEntry: false });
  if (info === undefined) return { kind: 'new', path: end };
  if (info.isDirectory()) return { kind: 'directory', path: end };
  if (!info.isFile()) return { kind: 'special', path: end, info };
  // Where results already go into this file, they would be lost with it.
  const fd = [1, 2].find((n) => isOpenOn(n, info));
  if (fd !== undefined) return { kind: 'descriptor', fd };
  return { kind: 'file', path: end, info, isAlone: info.nlink === 1 };
}
