import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** What is there in Node.js, in a browser, and in both. */
const STRAY = `
export const ofNode = process.argv;
export const ofBrowsers = document.title;
export const ofBoth = setTimeout(() => {}, 1);
import { readFileSync } from 'node:fs';
export const module = readFileSync;
`;

/** What the compiler does not know in a file that is compiled as those of a side are. */
function unknownIn(side: string): string[] {
  // Beside the packages that a side's configuration names.
  const dir = mkdtempSync(join(ROOT, 'node_modules', '.stray-'));
  try {
    writeFileSync(join(dir, 'stray.ts'), STRAY);
    writeFileSync(
      join(dir, 'tsconfig.json'),
      JSON.stringify({
        extends: join(ROOT, side, 'tsconfig.json'),
        compilerOptions: {
          composite: false,
          emitDeclarationOnly: false,
          noEmit: true,
          rootDir: ROOT,
          tsBuildInfoFile: null,
        },
        include: ['stray.ts', ...(side === 'src' ? [join(ROOT, 'src/globals.d.ts')] : [])],
        exclude: [],
        references: [],
      }),
    );
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', dir], { encoding: 'utf8' });
    return [...stdout.matchAll(/error TS\d+: Cannot find name '([^']+)'/g)].map((m) => m[1]!);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test.each([
  ['src', ['process', 'document', 'setTimeout', 'node:fs']],
  ['src/cli', ['document']],
  ['src/web', ['process', 'node:fs']],
  ['test', []],
])('%s cannot see what it does not run with', (side, unknown) => {
  expect(unknownIn(side).sort()).toEqual([...unknown].sort());
});
