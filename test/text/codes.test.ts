import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CODES, type Code } from '../../src/text/codes.js';
import { tinybpfHere } from '../support/in-process.js';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Codes that no input gives by itself, and the test that makes what they are about happen. */
const BY_OTHER_MEANS: Readonly<Partial<Record<Code, string>>> = {
  // The command line has the verifier.
  B0420: 'test/verdict/where.test.ts',
  // A million instructions and one.
  B0510: 'test/cli/input.test.ts',
  B0622: 'test/bench/scale.test.ts',
  B0623: 'test/bench/clock.test.ts',
  B0705: 'test/lab/limits.test.ts',
  B0706: 'test/lab/limits.test.ts',
  B0805: 'test/cli/write.test.ts',
  // Where clang is.
  B0808: 'test/cli/c-files.test.ts',
  B0901: 'test/cli/explore-confirm.test.ts',
};

/** Codes that tell of a run, of what is not there, or of an object that no compiler writes: there is nothing to write instead. */
const OF_NO_TEXT = /^B(?:0213|070[1-4]|0801|0804|100[3-9]|101[01])$/;

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/[\da-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));

/** What is read from standard input: text, `= bytes` in hex, or `= FILE` with changes in lines `OFFSET: HEX`. */
function inputOf(lines: readonly string[]): string | Uint8Array {
  const from = /^= (.+)$/.exec(lines[0] ?? '')?.[1];
  if (from === undefined) return lines.join('\n');
  if (from === 'bytes') return bytesOf(lines.slice(1).join(''));
  const bytes = new Uint8Array(readFileSync(fileURLToPath(new URL(from, root))));
  for (const [, at, hex] of lines
    .slice(1)
    .join('\n')
    .matchAll(/^(\d+): (.+)$/gm))
    bytes.set(bytesOf(hex!), Number(at));
  return bytes;
}

const codes = Object.keys(CODES) as readonly Code[];

describe('every code is given for some input', () => {
  // Of what Linux refuses the explanation has a lab: test/verdict/explain.test.ts.
  const isExplained = (code: Code): boolean => 'wrong' in CODES[code];
  test.each(codes.filter((code) => BY_OTHER_MEANS[code] === undefined && !isExplained(code)))(
    '%s',
    async (code) => {
      const [command = '', ...lines] = read(`test/data/codes/${code}.txt`).split('\n');
      const args = command.replace(/^\$ tinybpf /, '').split(' ');
      const { stdout, stderr } = await tinybpfHere(args, inputOf(lines));
      expect(stdout + stderr).toContain(`[${code}]`);
      // What was expected, or what to write instead.
      if (!OF_NO_TEXT.test(code))
        expect(stdout + stderr).toMatch(
          /^ *(?:= (?:expected|help|note): |\(add --help)|"(?:expected|help)":/m,
        );
    },
  );

  test.each(Object.entries(BY_OTHER_MEANS))('%s in a test of its own', (code, path) => {
    expect(read(path)).toContain(code);
  });
});

test('each code is explained in whole sentences', () => {
  for (const code of codes) {
    const { title, explain } = CODES[code];
    expect(title, code).toMatch(/^[a-zA-Z\d].*[^.]$/);
    expect(explain, code).toMatch(/^[A-Z`\d].*[.:)]$|^r10 .*\.$/);
    expect(`${title} ${explain}`, code).not.toMatch(
      /(?<!there )\b(?:is|are) no (?!more)|\bbehind\b|\bfits? into\b|\bbelongs? into\b/,
    );
  }
});
