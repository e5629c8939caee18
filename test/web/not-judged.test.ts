import { expect, test } from 'vitest';
import { Linux } from '../../src/verdict/judge.js';
import { runLab } from '../../src/web/worker/run.js';
import { environment } from '../support/environment.js';

const LAB = `function work(u64 who) {
    r0 = 0
    exit
}
function other(u64 who) {
    r0 = 0
    exit
}
program p : fentry/work {
    call other
    r0 = 0
    exit
}
scenario {
    cpu 0 { call work(1) }
}
`;

test('the page is told of programs that Linux cannot be asked about, and why', () => {
  const lab = { name: 'lab.bpf', text: LAB };
  const of = { kernel: undefined, guard: undefined };
  const { flaws } = runLab(lab, { ...of, judge: new Linux() }, environment);
  expect(flaws).toMatchObject([{ code: 'B0421', severity: 'note' }]);
  expect(flaws[0]?.message).toContain('it calls `other`, which Linux does not let programs call');
  expect(LAB.slice(flaws[0]?.from, flaws[0]?.to)).toBe('fentry/work');
  expect(runLab(lab, { ...of, judge: 'nobody' }, environment).flaws).toEqual([]);
});
