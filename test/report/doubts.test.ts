import { expect, test } from 'vitest';
import { CASES } from '../../src/bench/cases.js';
import { doubtLines } from '../../src/report/bench.js';

const FORGED = 'a\nok   expect forged\nb';

test('what is doubtful of a measurement names guards within a line', () => {
  const cases = CASES.slice(0, 1);
  const { name } = cases[0]!;
  const lines = doubtLines({
    cases,
    guards: ['arm64', FORGED],
    indistinct: [{ case: name, guards: ['arm64', FORGED] }],
    unsteady: { case: name, guard: FORGED, part: 0.5 },
  });
  expect(lines).toHaveLength(4);
  for (const line of lines) expect(line).not.toContain('\n');
  expect(lines.join('\n')).toContain('a\\x0aok   expect forged\\x0ab');
});
