import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CliContext } from '../../src/cli/context.js';
import { UsageError } from '../../src/cli/io.js';
import { checkWritable, makeFolder, writeOutput } from '../../src/cli/write.js';
import { InputError } from '../../src/text/diagnostic.js';
import type { CliResult } from '../support/cli.js';
import { Given, Kept } from '../support/kept.js';
import { canBeNobody, isLinux, NOBODY, scratch, shell, started } from '../support/shell.js';

let dir = '';
let stdout = new Kept();
let stderr = new Kept();
const at = (name: string): string => join(dir, name);
const read = (name: string): string => readFileSync(at(name), 'utf8');

beforeEach(() => {
  dir = scratch();
  [stdout, stderr] = [new Kept(), new Kept()];
});

/** Writes as a command does: it is looked at first whether that can be done. */
async function write(name: string, text = 'new'): Promise<void> {
  checkWritable(name);
  await writeOutput(new CliContext({ stdin: new Given(), stdout, stderr }), name, text);
}

/** What is said of a name that cannot be written, at once and not only when all has been done. */
function refusal(name: string): string {
  try {
    checkWritable(name);
  } catch (e) {
    if (e instanceof UsageError) return e.message;
    throw e;
  }
  throw new Error(`${name} can be written`);
}

const isRoot = process.getuid?.() === 0;

describe('a regular file', () => {
  test('is made as any program makes one', async () => {
    await write(at('f'));
    writeFileSync(at('other'), '');
    expect(read('f')).toBe('new');
    expect(statSync(at('f')).mode).toBe(statSync(at('other')).mode);
  });

  test('is replaced, and keeps its mode', async () => {
    writeFileSync(at('f'), 'old and longer');
    chmodSync(at('f'), 0o640);
    const { ino } = statSync(at('f'));
    await write(at('f'));
    expect(read('f')).toBe('new');
    expect(statSync(at('f')).mode & 0o7777).toBe(0o640);
    expect(statSync(at('f')).ino).not.toBe(ino);
    expect(readdirSync(dir)).toEqual(['f']);
  });

  test.skipIf(!isRoot)('keeps its owner', async () => {
    writeFileSync(at('f'), 'old');
    chownSync(at('f'), 1234, 4321);
    chmodSync(at('f'), 0o4755);
    await write(at('f'));
    expect(statSync(at('f'))).toMatchObject({ uid: 1234, gid: 4321 });
    expect(statSync(at('f')).mode & 0o7777).toBe(0o4755);
  });

  test('with several names has the new text under all of them', async () => {
    writeFileSync(at('f'), 'old and longer');
    linkSync(at('f'), at('g'));
    await write(at('f'));
    expect([read('f'), read('g')]).toEqual(['new', 'new']);
    expect(statSync(at('f')).nlink).toBe(2);
    await write(at('g'), 'newer and longer');
    expect(read('f')).toBe('newer and longer');
  });
});

describe('a link', () => {
  test('stays one, and what it leads to is written', async () => {
    mkdirSync(at('a'));
    mkdirSync(at('b'));
    writeFileSync(at('b/f'), 'old');
    symlinkSync('../b/f', at('a/second'));
    symlinkSync(at('a/second'), at('first'));
    await write(at('first'));
    expect(read('b/f')).toBe('new');
    expect(readlinkSync(at('first'))).toBe(at('a/second'));
    expect(readlinkSync(at('a/second'))).toBe('../b/f');
    expect([readdirSync(at('a')), readdirSync(at('b'))]).toEqual([['second'], ['f']]);
  });

  test('to nothing makes what it leads to', async () => {
    mkdirSync(at('a'));
    symlinkSync('a/f', at('l'));
    symlinkSync('a', at('d'));
    await write(at('l'));
    await write(at('d/g'));
    expect([read('a/f'), read('a/g')]).toEqual(['new', 'new']);
    expect(lstatSync(at('l')).isSymbolicLink()).toBe(true);
  });

  test('that leads nowhere is refused', () => {
    symlinkSync('no/f', at('l'));
    symlinkSync('c', at('b'));
    symlinkSync('b', at('c'));
    mkdirSync(at('a'));
    symlinkSync('a', at('d'));
    expect(refusal(at('l'))).toBe(`there is no directory ${at('no')}`);
    expect(refusal(at('b'))).toBe(`${at('b')} is a link that leads in a circle`);
    expect(refusal(at('b/f'))).toBe(`${at('b/f')} is a link that leads in a circle`);
    expect(refusal(at('d'))).toBe(`${at('d')} is a directory`);
  });
});

test.each<[string, (path: string) => string, RegExp]>([
  ['a folder that is not there', (d) => `${d}/no/f`, /^there is no directory .*\/no$/],
  ['a file as a folder', (d) => `${d}/f/x`, /\/f is not a directory$/],
  ['a directory', (d) => d, /is a directory$/],
  ['a directory, with a slash', (d) => `${d}/`, /is a directory$/],
  ['a file, with a slash', (d) => `${d}/f/`, /\/f\/ is not a directory$/],
  ['a folder to be, with a slash', (d) => `${d}/no/`, /^there is no directory .*\/no\/$/],
  ['the folder above', (d) => `${d}/..`, /is a directory$/],
  ['nothing', () => '', /without a name/],
])('refuses %s', (_, path, said) => {
  writeFileSync(at('f'), 'old');
  expect(refusal(path(dir))).toMatch(said);
  expect(readdirSync(dir)).toEqual(['f']);
});

test('a name that is too long is refused', async () => {
  const long = at('x'.repeat(300));
  await expect(write(long)).rejects.toThrow(/name too long/);
  await write(at('y'.repeat(255)));
  expect(readdirSync(dir)).toEqual(['y'.repeat(255)]);
});

test('what is left of an earlier run is in nobody’s way', async () => {
  writeFileSync(at(`.tinybpf-${process.pid}-0.tmp`), 'left');
  await write(at('f'));
  expect(read('f')).toBe('new');
  expect(read(`.tinybpf-${process.pid}-0.tmp`)).toBe('left');
});

test('- and the names of standard output stand for it', async () => {
  await write('-');
  if (isLinux) for (const name of ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']) await write(name, '+');
  expect(stdout.text).toMatch(/^new[+]*$/);
  if (isLinux) await write('/dev/stderr', 'there');
  expect(stderr.text).toBe(isLinux ? 'there' : '');
});

test('folders are made where there are none, and refused where there cannot be any', () => {
  makeFolder(at('a/b/c'));
  expect(statSync(at('a/b/c')).isDirectory()).toBe(true);
  writeFileSync(at('f'), '');
  symlinkSync('nothing', at('l'));
  symlinkSync('loop', at('loop'));
  for (const name of ['f', 'f/x', 'l', 'loop/x']) expect(() => makeFolder(at(name))).toThrow(UsageError);
  if (isLinux) expect(() => makeFolder('/proc/nothing')).toThrow(UsageError);
});

describe.skipIf(!isLinux)('what is not a file', () => {
  test('is written into: a pipe', async () => {
    spawnSync('mkfifo', [at('p')]);
    symlinkSync('p', at('l'));
    const reader = started(['asm', at('p')]);
    await write(at('l'), 'exit\n');
    await reader.says('95 00 00 00 00 00 00 00');
    expect(await reader.ended).toEqual({ status: 0, signal: null });
    expect(lstatSync(at('p')).isFIFO()).toBe(true);
    expect(lstatSync(at('l')).isSymbolicLink()).toBe(true);
    expect(readdirSync(dir)).toEqual(['l', 'p']);
  });

  /** Devices of our own, so that a mistake here costs the machine nothing. */
  const device = (name: string, minor: number): boolean =>
    spawnSync('mknod', [at(name), 'c', '1', String(minor)]).status === 0;

  test.skipIf(!isRoot)('is written into: a device', async (context) => {
    if (!device('null', 3) || !device('full', 7)) return context.skip('devices cannot be made here');
    chmodSync(at('null'), 0o622);
    symlinkSync('full', at('l'));
    await write(at('null'));
    const full = write(at('l'));
    await expect(full).rejects.toThrow(/cannot write .*: no space left on device \(ENOSPC\)/);
    await expect(full).rejects.toThrow(InputError);
    expect([lstatSync(at('null')).isCharacterDevice(), lstatSync(at('full')).isCharacterDevice()]).toEqual([
      true,
      true,
    ]);
    expect(lstatSync(at('null')).mode & 0o777).toBe(0o622);
    expect(readdirSync(dir)).toEqual(['full', 'l', 'null']);
  });
});

const LAB = `map h : hash { key 4, value 8, max_entries 1 }
scenario { cpu 0 { update h[0] = 1 } expect h[0] == 1 }
`;

describe.skipIf(!isLinux)('a command', () => {
  const perfetto = 'tinybpf run lab.bpf --perfetto';
  beforeEach(() => writeFileSync(at('lab.bpf'), LAB));

  /** A trace is a JSON document; it begins and ends as one. */
  const WHOLE = /^\{[\s\S]*\}\s*$/;

  test('writes where standard output goes, in order', () => {
    expect(shell(`echo first > f; ${perfetto} /dev/stdout >> f; echo last >> f`, dir).stderr).toBe('');
    expect(read('f')).toMatch(/^first\n[\s\S]*ok {3}expect h\[0\] == 1[\s\S]*\{[\s\S]*\}\s*last\n$/);
    expect(shell(`${perfetto} f > f`, dir).stderr).toBe('');
    expect(read('f')).toMatch(/^guard[\s\S]*ok {3}expect h\[0\] == 1[\s\S]*\{[\s\S]*\}\s*$/);
    expect(shell(`${perfetto} /dev/fd/3 3> g > out; cat out`, dir).stdout).toContain('ok   expect');
    expect(read('g')).toMatch(WHOLE);
    expect(shell(`${perfetto} /dev/stdout | cat`, dir).stdout).toMatch(/ok {3}expect[\s\S]*\{[\s\S]*\}\s*$/);
    expect(shell(`${perfetto} >(cat > h) > out; wait $!`, dir).stderr).toBe('');
    expect(read('h')).toMatch(WHOLE);
  });

  test('says that a pipe has no reader, and goes on when it has one', async () => {
    spawnSync('mkfifo', [at('p')]);
    const run = started(['run', 'lab.bpf', '--perfetto', 'p'], dir);
    await run.complains('nobody reads the pipe p yet');
    expect(shell('cat p', dir).stdout).toMatch(WHOLE);
    expect(await run.ended).toEqual({ status: 0, signal: null });
    const given = started(['run', 'lab.bpf', '--perfetto', 'p'], dir);
    await given.complains('nobody reads the pipe p yet');
    given.child.kill('SIGINT');
    expect(await given.ended).toEqual({ status: null, signal: 'SIGINT' });
  });

  test('does not mind a reader that has seen enough', () => {
    expect(shell(`mkfifo p; head -c 1 p > /dev/null & ${perfetto} p > /dev/null`, dir)).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  test.each([
    ['replaced', ''],
    ['written in place', 'ln f g'],
  ])('leaves a file as it was where the disk is full: %s', (_, also) => {
    const script = `echo old > f; ${also}
      (ulimit -f 1; ${perfetto} f > /dev/null)`;
    expect(shell(script, dir)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error\[B0805\]: cannot write f: file too large \(EFBIG\)\n$/),
    });
    expect(read('f')).toBe('old\n');
    expect(readdirSync(dir).filter((name) => !['f', 'g', 'lab.bpf'].includes(name))).toEqual([]);
  });

  test('leaves nothing where the disk is full and there was nothing', () => {
    expect(shell(`(ulimit -f 1; ${perfetto} f > /dev/null)`, dir).status).toBe(1);
    expect(readdirSync(dir)).toEqual(['lab.bpf']);
  });

  test.skipIf(!canBeNobody)('asks before it works whether it may write', () => {
    shell('mkdir shut open mine; echo old > shut/f; echo old > open/f; echo old > mine/f', dir);
    shell('chmod 777 open shut/f open/f; chmod 755 . shut; chmod 444 mine/f; chmod 777 mine', dir);
    const run = (name: string): CliResult => shell(`${perfetto} ${name} > /dev/null`, dir, NOBODY);
    const denied = (name: string): object => ({
      status: 2,
      stdout: '',
      stderr: `error[B0805]: ${name} may not be written\n`,
    });
    expect(run('shut/g')).toEqual(denied('shut/g'));
    expect(run('mine/f')).toEqual(denied('mine/f'));
    expect(run('open/g')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(run('shut/f')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(run('open/f')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(read('mine/f')).toBe('old\n');
    for (const name of ['open/g', 'shut/f', 'open/f']) expect(read(name)).toMatch(WHOLE);
    // Whose it was it stays.
    expect(['open/g', 'shut/f', 'open/f'].map((name) => statSync(at(name)).uid)).toEqual([NOBODY, 0, 0]);
    expect(readdirSync(at('open')).sort()).toEqual(['f', 'g']);
  });

  /** Has a signal come in the middle of a function of node:fs, which the write calls. */
  const struck = (call: string, signal: string): string => {
    const hook = join(scratch(), 'hook.mjs');
    writeFileSync(
      hook,
      `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const real = fs.${call};
fs.${call} = (...a) => { process.kill(process.pid, '${signal}'); return real(...a); };
syncBuiltinESMExports();
`,
    );
    return `NODE_OPTIONS=--import=${hook} ${perfetto} f > /dev/null`;
  };
  test.each([
    ['fchmodSync', 'INT', 130],
    ['fsyncSync', 'TERM', 143],
    ['renameSync', 'HUP', 129],
  ])('that is struck in %s by SIG%s has written all, and ends by it', (call, signal, status) => {
    writeFileSync(at('f'), 'old');
    const script = struck(call, `SIG${signal}`);
    expect(shell(script, dir).status).toBe(status);
    expect(read('f')).toMatch(WHOLE);
    expect(readdirSync(dir)).toEqual(['f', 'lab.bpf']);
  });
});
