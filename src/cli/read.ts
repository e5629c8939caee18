import { closeSync, fstatSync, openSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { isElf } from '../object/elf.js';
import { decodeSource, decodeUtf8 } from '../text/decode.js';
import { type Diagnostic, errorAt, InputError } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import type { Source } from '../text/source.js';
import { readSome, reasonOf } from './descriptor.js';
import type { Input } from './input.js';
import { UsageError } from './io.js';

/** A file larger than this is not a program and not a lab; of what has no end, no more is read. */
const LARGEST_FILE = 64 << 20;
const CHUNK = 64 << 10;
/** Bytes of the longest line that is read as one of many. */
const LONGEST_LINE = 64 << 10;

function nearbyFiles(path: string): string | undefined {
  try {
    const slash = path.lastIndexOf('/');
    const dir = slash < 0 ? '.' : path.slice(0, slash + 1);
    const close = didYouMean(basename(path), readdirSync(dir));
    return close === undefined || slash < 0 ? close : `${close} (in ${dir})`;
  } catch {
    return undefined;
  }
}

export function nameOf(path: string): string {
  return path === '-' ? '<stdin>' : path;
}

/** Trouble with a file that is to be read, by the error of the operating system. */
function unreadable(path: string, e: unknown): Diagnostic {
  const name = nameOf(path);
  switch ((e as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return errorAt('B0801', `there is no file ${name}`, { help: nearbyFiles(path) });
    case 'EISDIR':
      return errorAt('B0801', `${name} is a directory`, {
        help: 'name a file in it; `tinybpf test DIR` runs every lab below a directory',
      });
    case 'EACCES':
      return errorAt('B0801', `${name} may not be read`);
    default:
      return errorAt('B0801', `cannot read ${name}: ${reasonOf(e)}`);
  }
}

const tooLarge = (name: string, size = 'more bytes than are read'): UsageError =>
  new UsageError(errorAt('B0801', `${name} has ${size}`, { expected: `at most ${LARGEST_FILE} bytes` }));

/** What is read, piece by piece. Throws `UsageError` where that has no end. */
function* chunksOf(path: string, read: (into: Uint8Array) => number): Generator<Uint8Array> {
  try {
    const chunk = new Uint8Array(CHUNK);
    for (let total = 0; ; ) {
      const n = read(chunk);
      if (n === 0) return;
      total += n;
      if (total > LARGEST_FILE) throw tooLarge(nameOf(path));
      yield chunk.slice(0, n);
    }
  } catch (e) {
    throw e instanceof UsageError ? e : new UsageError(unreadable(path, e));
  }
}

function* chunksOfFile(path: string, fd: number): Generator<Uint8Array> {
  try {
    const info = fstatSync(fd);
    // Reading says it, too, but not of every file system.
    if (info.isDirectory()) throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
    if (info.size > LARGEST_FILE) throw tooLarge(nameOf(path), `${info.size} bytes`);
    yield* chunksOf(path, (into) => readSome(fd, into));
  } catch (e) {
    throw e instanceof UsageError ? e : new UsageError(unreadable(path, e));
  } finally {
    closeSync(fd);
  }
}

/** Opens a file, or for `-` what is given as standard input. Throws `UsageError`. */
function open(path: string, stdin: Input | undefined): Generator<Uint8Array> {
  if (path === '-' && stdin !== undefined) return chunksOf(path, (into) => stdin.read(into));
  try {
    return chunksOfFile(path, openSync(path, 'r'));
  } catch (e) {
    throw new UsageError(unreadable(path, e));
  }
}

/** The bytes of a file; `-` is the standard input that is given, or a file of that name. Throws `UsageError`. */
export function readBytes(path: string, stdin?: Input): Uint8Array {
  return Buffer.concat([...open(path, stdin)]);
}

/**
 * The lines of a text, each as soon as it is there; `-` as for `readBytes`. Throws `UsageError`, at once where there is no
 * such file, and `InputError`.
 */
export function readLines(path: string, stdin?: Input): Iterable<string> {
  return linesOf(nameOf(path), open(path, stdin));
}

function* linesOf(name: string, chunks: Iterable<Uint8Array>): Generator<string> {
  let number = 1;
  let begun: Uint8Array[] = [];
  let held = 0;
  const take = (end: Uint8Array): string => {
    const line = decodeUtf8(name, Buffer.concat([...begun, end]), number);
    begun = [];
    held = 0;
    number += 1;
    return line.replace(/\r$/, '');
  };
  for (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      yield take(chunk.subarray(from, at));
      from = at + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
    held += chunk.length - from;
    if (held > LONGEST_LINE)
      throw new InputError(errorAt('B0104', `line ${number} of ${name} has more than ${LONGEST_LINE} bytes`));
  }
  if (begun.length > 0) yield take(new Uint8Array(0));
}

/** Bytes as text. Throws `InputError` for what is not text, and for an empty file. */
export function textOf(path: string, bytes: Uint8Array): Source {
  const name = nameOf(path);
  if (isElf(bytes)) {
    throw new InputError(
      errorAt('B0802', `${name} is an ELF object file`, {
        help: '`tinybpf run` and `tinybpf disasm` read it; a lab names it with `object "FILE"`',
      }),
    );
  }
  return decodeSource(name, bytes);
}

export function readText(path: string, stdin?: Input): Source {
  return textOf(path, readBytes(path, stdin));
}

/** Whether a file is C by its name. */
export const isC = (path: string): boolean => path.endsWith('.c');

/** What makes an object of a C file. */
const compiling = (path: string): string => {
  const plain = basename(path).replace(/\.[^.]*$/, '');
  return `\`clang -target bpf -O2 -g -c ${plain}.c -o ${plain}.o\``;
};

/** Refuses C, for a command that does not compile it. Throws `UsageError`. */
export function refuseC(path: string, command: string): void {
  if (!isC(path)) return;
  throw new UsageError(
    errorAt('B0803', `${path} is C, which \`${command}\` does not compile`, {
      help: `make an object of it, ${compiling(path)}, and disassemble that; \`run\` and \`check\` compile by themselves`,
    }),
  );
}

/** Bytes with which LLVM's bitcode begins. */
const BITCODE = [0x42, 0x43, 0xc0, 0xde];

/** Refuses what is called an object file, and is none. Throws `InputError`. */
export function refuseNoObject(path: string, bytes: Uint8Array): void {
  if (!path.endsWith('.o') || isElf(bytes)) return;
  if (bytes.length === 0)
    throw new InputError(errorAt('B0804', `${path} is empty`, { help: `make it anew: ${compiling(path)}` }));
  const isBitcode = BITCODE.every((byte, i) => bytes[i] === byte);
  throw new InputError(
    errorAt('B1001', isBitcode ? `${path} is bitcode of LLVM` : `${path} is not an ELF file`, {
      expected: 'an object file of clang',
      help: `${compiling(path)} makes one${isBitcode ? ', without `-emit-llvm` and `-flto`' : ''}; a file of another kind needs another name`,
    }),
  );
}

/** Makes an object of a C file. Throws `UsageError` and `InputError`. */
export type CompileC = (path: string) => Uint8Array;

/** An object file, or C to make one of, that a lab names, relative to the lab's own place. Throws `InputError`. */
export function readObjectFile(
  path: string,
  from: string,
  compile?: CompileC,
): { name: string; bytes: Uint8Array } {
  const beside = from.startsWith('<') || isAbsolute(path) ? path : join(dirname(from), path);
  try {
    if (compile !== undefined && isC(beside)) return { name: beside, bytes: compile(beside) };
    return { name: beside, bytes: readBytes(beside === '-' ? './-' : beside) };
  } catch (e) {
    throw e instanceof UsageError ? new InputError(e.diagnostic) : e;
  }
}

/** What is below a directory and has one of the endings; links to directories are not followed. Throws `UsageError`. */
export function filesBelow(path: string, suffix: string, skipped: ReadonlySet<string> = new Set()): string[] {
  try {
    const info = statSync(path, { throwIfNoEntry: false });
    if (info === undefined) throw new UsageError(errorAt('B0801', `there is no file or directory ${path}`));
    return info.isDirectory() ? below(path, suffix, skipped) : [path];
  } catch (e) {
    throw e instanceof UsageError ? e : new UsageError(unreadable(path, e));
  }
}

function below(dir: string, suffix: string, skipped: ReadonlySet<string>): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : below(path, suffix, skipped);
      return entry.name.endsWith(suffix) ? [path] : [];
    });
}
