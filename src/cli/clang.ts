// cspell:ignore fdebug idirafter
import type * as ChildProcess from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import { helperHeader } from '../kernel/header/helpers.js';
import { vmlinuxHeader } from '../kernel/header/vmlinux.js';
import type { KernelModel } from '../kernel/model.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import { UsageError } from './io.js';
import { PROGRAMS } from './programs.js';

/** What is said of how C is compiled. */
export interface ClangOptions {
  readonly clang?: string;
  readonly include?: readonly string[];
  readonly define?: readonly string[];
}

/** How the C of one command is compiled: for which kernel, and where clang's own words go. */
export interface Compilation extends ClangOptions {
  readonly model: KernelModel;
  readonly say: (text: string) => void;
}

/** The newest clang whose objects have been compared with what is read here, and those before it that BPF programs are built with. */
const VERSIONS = ['', '-21', '-20', '-19', '-18', '-17', '-16', '-15', '-14'];

/** Loaded when something is compiled: few commands do. */
const childProcess = (): typeof ChildProcess => process.getBuiltinModule('node:child_process');

const isThere = (command: string): boolean =>
  childProcess().spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;

/** The clang that is asked for, by option or variable, or one that there is. Throws `UsageError`. */
function findClang({ clang = process.env['CLANG'] }: ClangOptions): string {
  const found = (clang === undefined ? VERSIONS.map((v) => `clang${v}`) : [clang]).find(isThere);
  if (found !== undefined) return found;
  const what =
    clang === undefined ? 'there is no clang to compile it with' : `there is no clang at \`${clang}\``;
  throw new UsageError(
    errorAt('B0807', what, {
      help: 'install it (Debian and Ubuntu: `apt install clang`; Fedora: `dnf install clang`), name it with `--clang`, or compile with `clang -target bpf -g -O2 -c FILE.c -o FILE.o` elsewhere',
    }),
  );
}

/** Headers that come with the program, and for `#include <linux/…>` where the host has none. */
const HEADERS = join(PROGRAMS, 'include');

/** What clang makes of a C file for BPF. Throws `UsageError` without clang, and `InputError` for what it refuses. */
export function compileC(path: string, how: Compilation): Uint8Array {
  const clang = findClang(how);
  const folder = mkdtempSync(join(tmpdir(), 'tinybpf-'));
  try {
    writeFileSync(join(folder, 'vmlinux.h'), vmlinuxHeader(how.model));
    writeFileSync(join(folder, 'bpf_helper_defs.h'), helperHeader());
    const object = join(folder, 'object.o');
    const args = [
      ...['-target', 'bpfel', '-g', '-O2', '-mcpu=v3', '-Wall', '-fdebug-compilation-dir=.'],
      `-D__TARGET_ARCH_${how.model.arch === 'amd64' ? 'x86' : how.model.arch}`,
      ...(how.define ?? []).map((macro) => `-D${macro}`),
      ...(how.include ?? []).flatMap((dir) => ['-I', dir]),
      ...['-I', folder, '-I', HEADERS, '-idirafter', join(HEADERS, 'fallback')],
      ...['-c', path, '-o', object],
    ];
    const { status, stderr } = childProcess().spawnSync(clang, args, { encoding: 'utf8' });
    if (stderr !== '') how.say(stderr);
    if (status !== 0)
      throw new InputError(
        errorAt('B0808', `clang does not compile ${path}`, { notes: ['its own words are above'] }),
      );
    if (!existsSync(object))
      throw new InputError(
        errorAt('B0808', `\`${clang}\` says that it has compiled ${path}, and has written no object`, {
          help: 'name clang itself with `--clang`',
        }),
      );
    return readFileSync(object);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
];

/** The options of commands that compile C. */
export const clangOptions = (): readonly Option[] => [
  new Option('--clang <path>', 'the clang that compiles C files ($CLANG, or the newest that there is)'),
  new Option('-I, --include <dir>', 'where C files find headers, before those that come with it').argParser(
    collect,
  ),
  new Option('-D, --define <macro>', 'a macro for C files: NAME or NAME=VALUE').argParser(collect),
];
