// cspell:ignore cplusplus
/**
 * Records what LLVM and libbpf say of object files, so that tests need neither:
 * `npx tsx test/tools/record-objects.ts /usr/lib/llvm-19/bin /usr/sbin/bpftool`. For every object of test/data/objects
 * and of the shared folder it writes
 *
 * - test/data/llvm19/objects/NAME.txt: `llvm-objdump -d -r -S -l`, of a copy without DWARF, whose lines come from BTF;
 * - test/data/libbpf/NAME.txt: the structs of `bpftool gen skeleton`: maps, programs and global variables.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { OBJECTS } from '../support/shared.js';

const [bin = '/usr/lib/llvm-19/bin', bpftool = '/usr/sbin/bpftool'] = process.argv.slice(2);
const LISTINGS = 'test/data/llvm19/objects';
const SKELETONS = 'test/data/libbpf';
const dir = mkdtempSync(join(tmpdir(), 'objects-'));
for (const folder of [LISTINGS, SKELETONS]) mkdirSync(folder, { recursive: true });

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] }).toString();
const isC = (line: string): boolean => line.startsWith('; ');
/** Without the line that names the file. */
const bodyOf = (listing: string): string => listing.split('\n').slice(2).join('\n');

function recordListing(path: string): void {
  const name = basename(path);
  const copy = join(dir, name);
  run(join(bin, 'llvm-strip'), '-g', path, '-o', copy);
  const full = bodyOf(run(join(bin, 'llvm-objdump'), '-d', '-r', '-S', '-l', copy));
  const plain = bodyOf(run(join(bin, 'llvm-objdump'), '-d', '-r', path));
  if (
    full
      .split('\n')
      .filter((l) => !isC(l))
      .join('\n') !== plain
  )
    throw new Error(`${path}: the copy without DWARF is listed differently`);
  writeFileSync(join(LISTINGS, `${name}.txt`), full);
}

function recordSkeleton(path: string): void {
  const made = spawnSync(bpftool, ['gen', 'skeleton', path, 'name', 'x']);
  if (made.status !== 0) {
    console.error(`${path}: libbpf does not take it: ${made.stderr.toString().trim()}`);
    return;
  }
  const text = made.stdout.toString();
  const struct = text.slice(text.indexOf('struct x {'), text.indexOf('#ifdef __cplusplus'));
  writeFileSync(join(SKELETONS, `${basename(path)}.txt`), struct.trimEnd());
}

for (const folder of ['test/data/objects', OBJECTS]) {
  for (const name of readdirSync(folder).filter((f) => f.endsWith('.o'))) {
    recordListing(join(folder, name));
    recordSkeleton(join(folder, name));
  }
}
