import { InputError } from '../../../src/text/diagnostic.js';
import { both } from '../../support/explore.js';
import { arbitraryTarget } from '../arbitrary.js';
import type { Outcome } from '../target.js';
import { type RandomLab, randomLab } from './labs.js';

/** States without reduction beyond which a lab is left: a few large ones would take all the time. */
const MOST = Number(process.env['EXPLORE_STATES'] ?? 300_000);

function judge({ text, kernel }: RandomLab): Outcome {
  const what = /^program p/m.test(text) ? 'tail call' : /^program s/m.test(text) ? 'sleepable' : 'functions';
  let found: ReturnType<typeof both>;
  try {
    found = both(text, kernel, undefined, MOST);
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    const isBounds = e.diagnostics.every((d) => d.code === 'B0411');
    if (isBounds) return { end: 'cannot be explored' };
    return { end: 'refused', wrong: { kind: 'a lab that is refused', details: e.message } };
  }
  if (found === undefined) return { end: `${what} too large` };
  const [reduced, full] = [JSON.stringify(found.reduced), JSON.stringify(found.full)];
  const end = `${what} ${found.full.broken.length === 0 ? 'holds' : 'breaks'}`;
  if (reduced === full) return { end };
  return {
    end,
    wrong: { kind: 'another verdict with reduction', details: `reduced ${reduced}\nfull ${full}` },
  };
}

export const reduction = arbitraryTarget<RandomLab>({
  name: 'reduction',
  about:
    'labs with plain, atomic and ordered accesses, maps, CPUs, interrupts, tail calls and sleepable programs: the same verdicts and final states with and without reduction',
  inTest: 4,
  reaches: ['functions holds', 'functions breaks'],
  arbitrary: randomLab,
  judge,
  show: ({ text, kernel }) => `on ${kernel}\n${text}`,
});
