// cspell:ignore tracd
import { describe, expect, test } from 'vitest';
import { parseOrThrow } from '../../src/lab/environment.js';
import { planScenario } from '../../src/lab/plan.js';
import { beginScenario, scenariosOf } from '../../src/lab/run.js';
import { SPARE_ACTIONS } from '../../src/step/by-hand.js';
import { Prompt } from '../../src/step/prompt.js';
import { Session } from '../../src/step/session.js';
import { Findings } from '../../src/text/findings.js';
import { environment } from '../support/environment.js';

/** A lab whose functions have names that a command has words for. */
const labWith = (event: string): string => `
map h : hash { key 4, value 8, max_entries 1 }
global x : u64
function traced(u64 n) {
    r1 = x ll
    r0 = 0
    exit
}
function of(u64 n) {
    r0 = 0
    exit
}
program on_traced : fentry/traced {
    r0 = 0
    exit
}
program on_of : fentry/of {
    r0 = 0
    exit
}
scenario "one" {
    attach on_traced, on_of
    ${event}
    task A cpu 0 { call traced(1) call of(1) }
}
`;

function begin(event: string): Prompt {
  const lab = parseOrThrow({ name: 'places.bpf', text: labWith(event) });
  const [scenario] = scenariosOf(lab);
  const options = { observe: true, spareActions: SPARE_ACTIONS };
  return new Prompt(new Session(() => beginScenario(lab, scenario!, environment, options)), scenario!);
}

const stepper = begin('');

/** The place that a command sets a breakpoint at, or what is wrong with it and in which columns. */
function broken(where: string): unknown {
  const reply = stepper.run(`break ${where}`);
  if (reply.kind === 'wrong') {
    const [{ code, message, span, expected, help }] = reply.diagnostics as [(typeof reply.diagnostics)[0]];
    return { code, message, at: [span?.start, span?.end], expected, help };
  }
  const { trigger } = stepper.breakpoints.at(-1)!;
  return trigger.kind === 'place' ? trigger.place : trigger;
}

/** The place that the event of a scenario comes at, or what is wrong with it. */
function happening(where: string): unknown {
  const lab = parseOrThrow({ name: 'places.bpf', text: labWith(`at ${where} nmi { delete h[0] }`) });
  const findings = new Findings();
  const { events } = planScenario(stepper.session.kernel, scenariosOf(lab)[0]!, findings);
  const { diagnostics } = findings;
  if (diagnostics.length > 0) return diagnostics.map((d) => d.message);
  const { moment } = events[0]!;
  return moment.kind === 'place' ? moment.place : moment;
}

describe('a place means the same in a scenario and in a command', () => {
  test.each([
    ['traced', { fn: 'traced', offset: 0 }],
    ['traced+2', { fn: 'traced', offset: 2 }],
    ['traced + 0x2', { fn: 'traced', offset: 2 }],
    ['"traced"+2', { fn: 'traced', offset: 2 }],
    ['trampoline traced', { fn: 'trampoline of traced', offset: 0 }],
    ['trampoline of traced', { fn: 'trampoline of traced', offset: 0 }],
    ['trampoline traced+1', { fn: 'trampoline of traced', offset: 1 }],
    ['trampoline of traced+1', { fn: 'trampoline of traced', offset: 1 }],
    ['of+1', { fn: 'of', offset: 1 }],
    ['trampoline of', { fn: 'trampoline of of', offset: 0 }],
    ['trampoline of of+1', { fn: 'trampoline of of', offset: 1 }],
  ])('%s', (where, place) => {
    expect(broken(where)).toEqual(place);
    expect(happening(where)).toEqual(place);
  });

  test.each(['tracd', 'trampoline of tracd', 'trampoline tracd', 'traced+99', 'traced+1'])('%s', (where) => {
    const said = broken(where) as { code: string; message: string };
    expect(said.code).toBe('B0806');
    expect(happening(where)).toEqual([said.message]);
  });
});

describe('what only a command can name', () => {
  test.each([
    ['arm64.enter', { fn: 'arm64.enter', offset: 0 }],
    ['traced+002', { fn: 'traced', offset: 2 }],
    ['nmi', { kind: 'context', level: 'nmi' }],
    ['task', { kind: 'context', level: 'task' }],
    ['refused', { kind: 'refused', program: undefined }],
    ['refused on_of', { kind: 'refused', program: 'on_of' }],
    ['5', { kind: 'line', file: 'places.bpf', line: 5 }],
    ['places.bpf:6', { kind: 'line', file: 'places.bpf', line: 6 }],
  ])('%s', (where, trigger) => {
    expect(broken(where)).toEqual(trigger);
  });
});

describe('what is wrong is said below the word that is wrong', () => {
  test.each([
    ['traced x', { at: [13, 14], message: 'unexpected `x`', expected: 'the end of the statement' }],
    ['traced+99', { at: [13, 15], message: '99 is outside traced', expected: '0 to 3' }],
    ['traced+', { at: [13, 13], message: 'the statement ends too early' }],
    ['traced+1', { message: 'traced+1 is the second half of a 64-bit load', help: 'write +0 or +2' }],
    ['trampoline of tracd+1', { at: [20, 25], help: 'did you mean `traced`?' }],
    ['trampoline of', { fn: 'trampoline of of' }],
    ['refused nobody', { at: [14, 20], message: 'there is no program `nobody`' }],
    ['nmi 3', { at: [10, 11], message: 'unexpected `3`' }],
  ])('%s', (where, said) => {
    expect(broken(where)).toMatchObject(said);
  });
});
