import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { beforeAll, expect, test } from 'vitest';
import { ROOT } from './support/cli.js';
import { linksOf, readmes, readReadme, stepsOf } from './support/readme.js';

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

test.each(readmes().filter((name) => /^```ts$/m.test(readReadme(name))))(
  'the library examples of %s compile and run',
  (name) => {
    for (const step of stepsOf(readReadme('README.md')))
      if (step.kind === 'file') writeFileSync(join(dir, step.name), step.text);
    copyFileSync(join(ROOT, 'programs', 'two-programs.bpf'), join(dir, 'mine.bpf'));
    for (const [, example] of readReadme(name).matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
      writeFileSync(join(dir, 'example.ts'), example!);
      compile('example.ts');
      expect(node('example.js')).toMatch(/(second|on_delete) REFUSED/);
    }
  },
);

test('every README but those of tests is shipped, and what it links to with it', () => {
  const ofOneTest = (name: string): boolean => dirname(name).startsWith(join('test', '/'));
  for (const name of readmes().filter((n) => !ofOneTest(n))) {
    const missing = linksOf(readReadme(name))
      .map((link) => join(dirname(name), link.replace(/#.*/, '')))
      .filter((target) => !existsSync(join(installed, target)));
    expect(existsSync(join(installed, name)), name).toBe(true);
    expect(missing, name).toEqual([]);
  }
});

test('publint finds nothing', async () => {
  const { messages } = await publint({ pkgDir: installed, pack: false });
  expect(messages.map((m) => formatMessage(m, { name: 'tinybpf' }))).toEqual([]);
});
