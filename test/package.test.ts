import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { beforeAll, expect, test } from 'vitest';
import { ROOT } from './support/cli.js';

/** The packed tarball, unpacked where nothing else of the project is: what it needs it brings along, but for ohm's types. */
const dir = mkdtempSync(join(tmpdir(), 'tinybpf-pack-'));
const installed = join(dir, 'node_modules', 'tinybpf');

beforeAll(() => {
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', dir], {
    cwd: ROOT,
    stdio: 'ignore',
  });
  const [tarball] = readdirSync(dir).filter((f) => f.endsWith('.tgz'));
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', join(dir, tarball!), '-C', installed, '--strip-components=1']);
  // The compiler of the tests below, and what it must know of Node.
  for (const name of ['@types', 'undici-types', 'ohm-js'])
    symlinkSync(join(ROOT, 'node_modules', name), join(dir, 'node_modules', name));
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }');
});

const node = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: dir, encoding: 'utf8' });

test('runs the shipped labs and guards', () => {
  const main = join(installed, 'dist', 'cli', 'main.js');
  expect(node(main, 'test', join(installed, 'programs'))).toMatch(/^\d+ passed, 0 failed$/m);
  expect(node(main, 'list', 'guards')).toContain('arm64');
});

/** Compiles as strictly as a user may, declarations of the package included. */
function compile(file: string): void {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const strict = ['--strict', '--noUncheckedIndexedAccess'];
  node(tsc, ...strict, '--module', 'nodenext', '--target', 'es2022', '--types', 'node', file);
}

test('can be imported, with types', () => {
  writeFileSync(
    join(dir, 'use.ts'),
    `import { Environment, parseLabFile, runScenario, scenariosOf, type ScenarioResult } from 'tinybpf';
import { shippedFiles } from 'tinybpf/node';
const text = 'map h : hash { key 4, value 8, max_entries 1 }\\nscenario { cpu 0 { update h[0] = 5 } expect h[0] == 5 }';
const lab = parseLabFile({ name: 'use.bpf', text });
const result: ScenarioResult = runScenario(lab, scenariosOf(lab)[0]!, new Environment(shippedFiles()));
console.log(result.passed);
`,
  );
  compile('use.ts');
  expect(node('use.js').trim()).toBe('true');
});

test("README's library example compiles and runs", () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, example] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  writeFileSync(join(dir, 'example.ts'), example!);
  copyFileSync(join(ROOT, 'programs', 'two-programs.bpf'), join(dir, 'mine.bpf'));
  compile('example.ts');
  expect(node('example.js')).toContain('second REFUSED');
});

test('names who wrote what is bundled', () => {
  const licences = readFileSync(join(installed, 'dist', 'cli', 'LICENSES.md'), 'utf8');
  for (const name of ['commander', 'ohm-js', 'tinybench', 'cli-table3', 'picocolors'])
    expect(licences).toContain(`## ${name}`);
});

test('publint finds nothing', async () => {
  const { messages } = await publint({ pkgDir: installed, pack: false });
  expect(messages.map((m) => formatMessage(m, { name: 'tinybpf' }))).toEqual([]);
});
