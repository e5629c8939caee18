import { isDeepStrictEqual } from 'node:util';
import { beginScenario } from '../../src/lab/run.js';
import { formatReply } from '../../src/report/step.js';
import { SPARE_ACTIONS } from '../../src/step/by-hand.js';
import { COMMANDS } from '../../src/step/commands.js';
import { Prompt } from '../../src/step/prompt.js';
import { Session } from '../../src/step/session.js';
import { environment } from '../support/environment.js';
import { type LabScenario, labScenarios } from '../support/labs.js';
import { stateOf } from '../support/step-state.js';
import { judgeCharacters, judgeSaid, strayIn } from './command/judge.js';
import { define } from './define.js';
import type { Random } from './random.js';
import { fewer } from './shrink.js';
import type { Outcome, Wrong } from './target.js';
import { STEP_SCRIPTS } from './text/corpus.js';
import { mutate, tokensOf } from './text/mutate.js';
import { extremeNumber } from './text/words.js';

interface Stepped {
  readonly of: LabScenario;
  readonly lines: readonly string[];
}

/** Instructions of a run that never ends. */
const MOST = 30_000;

const scenarios = labScenarios('programs', 'test/data/labs');
const textOf = ({ lab }: LabScenario): string => lab.declarations[0]!.span.source.text;

const MOTIONS = COMMANDS.filter((c) => c.repeats && c.names[0] !== 'x').map((c) => c.names[0]!);
const TOPICS = ['breakpoints', 'registers', 'threads', 'cpus', 'maps', 'percpu', 'raised', 'trampoline'];
const FORMATS = [
  '',
  '/8xb',
  '/4xg',
  '/2dw',
  '/3i',
  '/s',
  '/2a',
  '/4th',
  '/c',
  '/o',
  '/4096xg',
  '/0x',
  '/99i',
];

/** A line that means something in this lab, most of the time. */
function line(random: Random, names: readonly string[]): string {
  const name = (): string => random.of(names);
  const number = (): string => (random.chance(85) ? String(random.between(0, 40)) : extremeNumber(random));
  const place = (): string =>
    random.of([
      name(),
      `${name()}+${number()}`,
      number(),
      `trampoline of ${name()}`,
      'nmi',
      'hardirq',
      'softirq',
      'task',
      'refused',
      `refused ${name()}`,
      `${name()}.bpf:${number()}`,
    ]);
  const value = (): string =>
    random.of([
      name(),
      `${name()}[${number()}]`,
      `${name()}.run_cnt`,
      `$r${random.between(0, 11)}`,
      number(),
      'preempt_count',
      `active of ${name()}`,
      `&${name()}`,
    ]);
  const condition = (): string => `${value()} ${random.of(['==', '!=', '<', '>', '+', '&&'])} ${number()}`;
  switch (random.between(0, 13)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return `${random.of(MOTIONS)}${random.chance(30) ? ` ${number()}` : ''}`;
    case 4:
      return `goto ${random.chance(80) ? random.between(0, 3000) : number()}`;
    case 5:
      return `break ${place()}${random.chance(30) ? ` if ${condition()}` : ''}`;
    case 6:
      return `watch ${random.of([value(), `0xffff8000000${random.between(10000, 99999)}/${number()}`, condition()])}`;
    case 7:
      return `info ${random.of(TOPICS)} ${random.chance(30) ? name() : ''}`;
    case 8:
      return `x${random.of(FORMATS)} ${value()}${random.chance(30) ? ` + ${number()}` : ''}`;
    case 9:
      return `print ${random.chance(50) ? value() : condition()}`;
    case 10:
      return `raise ${random.of(['nmi', 'hardirq', 'softirq'])} ${random.of(['', `delete ${name()}[${number()}]`, `lookup ${name()}[0] x ${number()}`, `call ${name()}(1)`, `cpu ${number()}`, `update ${name()}[1] = ${number()} delete ${name()}[1]`])}`;
    case 11:
      return `preempt ${random.of([name(), 'task 0', 'A', 'B'])}`;
    case 12:
      return random.of([
        `list ${name()}`,
        'list',
        'backtrace',
        `delete ${number()}`,
        'delete',
        `disable ${number()}`,
        'enable',
        `help ${name()}`,
        '',
        '#',
      ]);
    default:
      return tokensOf(random.of(STEP_SCRIPTS).text)
        .slice(random.between(0, 50), random.between(51, 60))
        .join(' ')
        .replaceAll('\n', ' ');
  }
}

function make(random: Random): Stepped {
  const of = random.of(scenarios);
  const names = [...new Set(textOf(of).match(/[a-z_][a-z_0-9]+/gi) ?? ['x'])];
  const samples = [{ name: 'another', text: line(random, names) }];
  const lines = Array.from({ length: random.between(2, 16) }, () => {
    const text = line(random, names);
    return random.chance(75) ? text : mutate(text, random, { samples, words: names }).replaceAll('\n', ' ');
  });
  return { of, lines: lines.filter((l) => !/^\s*(q|quit|exit)\b/.test(l)) };
}

function judgeLine(d: Prompt, text: string): { wrong: Wrong | undefined; isRefused: boolean } {
  const reply = d.run(text);
  const shown = formatReply(reply);
  const strange = judgeCharacters(shown) ?? strayIn(shown, { text });
  if (reply.kind !== 'wrong') return { wrong: strange, isRefused: false };
  return {
    wrong: judgeSaid(shown, { file: '<command>', text }) ?? strange,
    isRefused: true,
  };
}

function judge({ of: { lab, scenario }, lines }: Stepped): Outcome {
  const options = { observe: true, spareActions: SPARE_ACTIONS, maxInsns: MOST };
  const session = new Session(() => beginScenario(lab, scenario, environment, options));
  const d = new Prompt(session, scenario);
  let refused = 0;
  for (const [i, text] of lines.entries()) {
    const { wrong, isRefused } = judgeLine(d, text);
    if (wrong !== undefined)
      return { end: 'wrong', wrong: { ...wrong, details: `line ${i + 1}, \`${text}\`: ${wrong.details}` } };
    if (isRefused) refused += 1;
  }
  // Whatever way it came here, it is where a run comes that goes straight on from the beginning.
  const { position, outcome } = session;
  const before = stateOf(session);
  session.goTo(0);
  session.goTo(position);
  // What ends a run without being executed ends it at the position where it was.
  if (outcome !== undefined && session.outcome === undefined) session.forward();
  const end = `${refused === 0 ? 'all' : refused === lines.length ? 'none' : 'some'} carried out`;
  if (isDeepStrictEqual(stateOf(session), before)) return { end };
  const differs = Object.entries(stateOf(session)).filter(
    ([k, v]) => !isDeepStrictEqual(v, Reflect.get(before, k)),
  );
  const details = `at ${position}: ${differs.map(([k]) => k).join(', ')}`;
  return { end, wrong: { kind: 'another state on the way back and on', details } };
}

export const stepper = define<Stepped>({
  name: 'stepper',
  about:
    'commands of the stepper over every lab: each answered or refused with its place, and the run ends where one that goes straight on does',
  inTest: 8,
  reaches: ['all carried out', 'some carried out'],
  make,
  judge,
  shrink: async (input, fails) => ({
    ...input,
    lines: await fewer(input.lines, (lines) => fails({ ...input, lines })),
  }),
  show: ({ of, lines }) => `${of.name}\n${lines.join('\n')}`,
});
