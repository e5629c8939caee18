import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { BUILT } from '../kernel/built.generated.js';
import type { ShippedFiles } from '../lab/environment.js';
import { isElf } from '../object/elf.js';
import { type Diagnostic, errorAt, InputError } from '../text/diagnostic.js';
import { type Palette, plain } from '../text/format.js';
import { didYouMean } from '../text/nearest.js';
import type { Source } from '../text/source.js';

/** Exit statuses; `--help` lists them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, internal: 3, interrupted: 130 } as const;

/** A file larger than this is no program and no lab. */
const LARGEST_FILE = 64 << 20;

/** Trouble with what was typed on the command line; exit status 2. */
export class UsageError extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.name = 'UsageError';
    this.diagnostic = diagnostic;
  }
}

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

/** The bytes of a file, or of standard input for `-`. Throws `UsageError`. */
export function readBytes(path: string): Uint8Array {
  const refuse = (message: string, help?: string): never => {
    throw new UsageError(errorAt('B0801', message, { help }));
  };
  try {
    if (path === '-') return readFileSync(0);
    const info = statSync(path);
    if (info.isDirectory())
      return refuse(`${path} is a directory`, '`tinybpf test DIR` runs every lab below a directory');
    if (info.size > LARGEST_FILE)
      return refuse(`${path} has ${info.size} bytes`, `at most ${LARGEST_FILE} are read`);
    return readFileSync(path);
  } catch (e) {
    if (e instanceof UsageError) throw e;
    const code = (e as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return refuse(`there is no file ${path}`, nearbyFiles(path));
    if (code === 'EACCES') return refuse(`${path} may not be read`);
    return refuse(`cannot read ${path}: ${code ?? 'unknown error'}`);
  }
}

export function nameOf(path: string): string {
  return path === '-' ? '<stdin>' : path;
}

/** Bytes as text. Throws `InputError` for what is no text, and for an empty file. */
export function textOf(path: string, bytes: Uint8Array): Source {
  const name = nameOf(path);
  if (isElf(bytes)) {
    throw new InputError(
      errorAt('B0802', `${name} is an ELF object file`, {
        help: '`tinybpf run` and `tinybpf disasm` read it; a lab names it with `object "FILE"`',
      }),
    );
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new InputError(
      errorAt('B0802', `${name} is not a text file`, { help: '`tinybpf disasm` reads bytecode' }),
    );
  }
  if (text.includes('\0'))
    throw new InputError(
      errorAt('B0802', `${name} is not a text file: it has zero bytes`, {
        help: '`tinybpf disasm` reads bytecode',
      }),
    );
  if (text.trim() === '') throw new InputError(errorAt('B0804', `${name} is empty`));
  return { name, text };
}

export function readText(path: string): Source {
  return textOf(path, readBytes(path));
}

/** The folder of labs, guards and kernel files that comes with the program. */
export const PROGRAMS = fileURLToPath(new URL('../../programs/', import.meta.url));

function sourcesIn(dir: string): Map<string, Source> {
  const files = readdirSync(join(PROGRAMS, dir)).filter((f) => f.endsWith('.bpf'));
  return new Map(
    files.map((f) => {
      const name = join('programs', dir, f);
      return [f.slice(0, -'.bpf'.length), { name, text: readFileSync(join(PROGRAMS, dir, f), 'utf8') }];
    }),
  );
}

/** An object file that a lab names, relative to the lab's own place. Throws `UsageError`. */
function readObjectFile(path: string, from: string): { name: string; bytes: Uint8Array } {
  const beside = from.startsWith('<') || isAbsolute(path) ? path : join(dirname(from), path);
  return { name: beside, bytes: readBytes(beside) };
}

export function shippedFiles(): ShippedFiles {
  return {
    kernel: sourcesIn('kernel'),
    guards: sourcesIn('guards'),
    built: BUILT,
    readObject: readObjectFile,
  };
}

export type ColorChoice = 'auto' | 'always' | 'never';

/** Colours: the option first, then NO_COLOR and FORCE_COLOR, then whether the stream is a terminal. */
export function paletteFor(choice: ColorChoice, isTerminal: boolean): Palette {
  const env = process.env;
  const wanted =
    choice === 'always' ||
    (choice === 'auto' &&
      !env['NO_COLOR'] &&
      (Boolean(env['FORCE_COLOR']) || (isTerminal && env['TERM'] !== 'dumb')));
  if (!wanted) return plain;
  const c = pc.createColors(true);
  return {
    error: (t) => c.red(t),
    warning: (t) => c.yellow(t),
    note: (t) => c.cyan(t),
    bold: (t) => c.bold(t),
    dim: (t) => c.dim(t),
  };
}
