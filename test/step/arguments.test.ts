import { describe, expect, test } from 'vitest';
import { beginScenario } from '../../src/lab/run.js';
import { SPARE_ACTIONS } from '../../src/step/by-hand.js';
import { Prompt } from '../../src/step/prompt.js';
import { Session } from '../../src/step/session.js';
import { environment } from '../support/environment.js';
import { labScenarios } from '../support/labs.js';

const labs = labScenarios('programs', 'test/data/labs');
const [{ lab, scenario }] = labs.filter((s) => s.name.startsWith('recursion.bpf')) as [(typeof labs)[0]];
const options = { observe: true, spareActions: SPARE_ACTIONS };

/** What comes of a command where the scenario has run for a while: lines, or what is wrong and below which columns. */
function answered(line: string): unknown {
  const d = new Prompt(new Session(() => beginScenario(lab, scenario, environment, options)), scenario);
  d.run('goto 100');
  const reply = d.run(line);
  if (reply.kind === 'lines') return reply.lines;
  if (reply.kind !== 'wrong') return reply.kind;
  const [{ message, span, expected, help }] = reply.diagnostics as [(typeof reply.diagnostics)[0]];
  return { message, at: [span?.start, span?.end], expected, help };
}

describe('a command takes', () => {
  test.each([
    ['watch active of on_delete on cpu 0x0', ['watchpoint 1: active of on_delete on cpu 0x0']],
    ['watch pass1', ['watchpoint 1: pass1']],
    ['watch pass1 / 4', ['watchpoint 1: pass1 / 4']],
    ['watch &pass1 + 0x8 - 8', ['watchpoint 1: &pass1 + 0x8 - 8']],
    ['watch $r10 - 8', ['watchpoint 1: $r10 - 8']],
    ['watch on_delete.run_cnt > 2 && pass1 == 3', ['watchpoint 1: on_delete.run_cnt > 2 && pass1 == 3']],
    ['watch hash1[0]\u00a0', ['watchpoint 1: hash1[0]']],
    ['print  -1', ['-1 = -1']],
    ['print hash2[7]', ['hash2[7] is absent']],
    [
      'x/2xb active of on_delete on cpu 0',
      [expect.stringMatching(/^0x[0-9a-f]+ <.*active.*>: {2}0x00 {2}0x00$/)],
    ],
    ['x /2xb pass1+001', [expect.stringMatching(/^0x[0-9a-f]+ <global pass1 \+ 1>: {2}0x00 {2}0x00$/)]],
    ['x/i map_delete_elem', 'listing'],
    ['raise nmi cpu 0 delete hash1[0] update hash2[0] = 1 x 2', 'stop'],
  ])('%s', (line, says) => {
    expect(answered(line)).toEqual(says);
  });
});

describe('what is wrong is said below the word that is wrong', () => {
  test.each([
    ['x pass1 + x', { at: [10, 11], message: 'unexpected `x`', expected: 'a number' }],
    ['x/2gx pass1 -', { at: [13, 13], expected: 'a number' }],
    [
      'x pas1',
      { at: [2, 6], message: 'there is no address `pas1`', help: expect.stringContaining('`pass1`') },
    ],
    ['x/8xb active of nobody', { at: [16, 22], message: 'there is no program `nobody`' }],
    ['x active of', { at: [11, 11], message: 'no program is named', expected: 'on_delete' }],
    ['x active of on_delete on cpu 7', { at: [29, 30], message: 'there is no CPU 7', expected: '0' }],
    ['watch active of on_delete on', { at: [28, 28], expected: '`cpu`' }],
    ['watch active of on_delete on cpu x', { at: [33, 34], expected: 'a number' }],
    ['watch active of on_delete x', { at: [26, 27], expected: '`on` or the end of the statement' }],
    ['watch pass1/8 x', { at: [14, 15], message: 'unexpected `x`' }],
    ['watch &pas1/8', { at: [6, 11], message: 'there is no address `&pas1`' }],
    ['print hash1[0', { at: [13, 13], expected: expect.stringContaining('`]`') }],
    ['raise irq', { at: [6, 9], message: 'there is no interrupt `irq`', expected: 'softirq, hardirq, nmi' }],
    ['raise nmi cpu 4', { at: [14, 15], message: 'there is no CPU 4', expected: '0' }],
    ['raise nmi cpu', { at: [13, 13], expected: 'a number' }],
    ['raise nmi cpu 0 delete hash1', { at: [28, 28], expected: '`[`' }],
  ])('%s', (line, says) => {
    expect(answered(line)).toMatchObject(says);
  });
});
