import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { verify } from '../../src/verify/verify.js';
import { present, VERDICTS } from '../support/shared.js';
import { detailLine, judge, tally, tallyLine } from '../support/verdicts/judge.js';
import { readVerdicts } from '../support/verdicts/requests.js';

/** What may differ at most, by file, kernel and topic. It is mended by hand, and only downwards. */
const BOUNDS = fileURLToPath(new URL('../data/verdicts/differing.json', import.meta.url));
type Bounds = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What must agree at least and may be accepted wrongly at most, in percent; of ranges of older kernels it is only printed. */
function goalOf(
  file: string,
  kernel: string,
): { readonly agree: number; readonly wrong: number } | undefined {
  if (kernel.includes('-7.')) return { agree: file === 'rules' ? 97 : 98, wrong: 0.5 };
  return file === 'ranges' ? undefined : { agree: 95, wrong: 2 };
}

const isOwn = process.env['TINYBPF_VERDICTS'] === undefined;
const files = present(VERDICTS) ? readVerdicts() : new Map();
const bounds: Bounds =
  isOwn && existsSync(BOUNDS) ? (JSON.parse(readFileSync(BOUNDS, 'utf8')) as Bounds) : {};

describe.skipIf(files.size === 0)('the verifier comes to what real kernels came to', () => {
  for (const [name, file] of files) {
    for (const kernel of Object.keys(file.kernels)) {
      test(`${name} ${kernel}`, () => {
        const result = tally(judge(file, kernel, verify));
        console.log(`${tallyLine(`${name} ${kernel}`, result)}\n${detailLine(result)}`);
        expect(result.agree + result.differ + result.notJudged).toBeGreaterThan(0);
        const goal = goalOf(name, kernel);
        const all = result.agree + result.differ + result.notJudged;
        if (goal !== undefined) {
          expect((100 * result.agree) / all).toBeGreaterThanOrEqual(goal.agree);
          expect((100 * result.acceptedWrongly) / all).toBeLessThanOrEqual(goal.wrong);
        }
        if (!isOwn) return;
        const allowed = bounds[`${name} ${kernel}`] ?? {};
        const grown = Object.entries(result.topics).filter(([topic, n]) => n > (allowed[topic] ?? 0));
        expect(Object.fromEntries(grown)).toEqual({});
      });
    }
  }
});
