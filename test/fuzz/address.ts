import { isDeepStrictEqual } from 'node:util';
import type { Answer, LabText, RunChoice } from '../../src/web/protocol/protocol.js';
import type { StepCommand } from '../../src/web/protocol/step.js';
import { headline, namedIn } from '../../src/web/schedule-text.js';
import { pictureOf } from '../../src/web/timeline/slices.js';
import { notShown, type PageState, readHash, writeHash } from '../../src/web/url.js';
import { checkLab, runLab } from '../../src/web/worker/run.js';
import { runSchedule } from '../../src/web/worker/schedule.js';
import { stepLab } from '../../src/web/worker/step.js';
import { traceLab } from '../../src/web/worker/trace.js';
import { environment } from '../support/environment.js';
import { strayIn } from './command/judge.js';
import { define } from './define.js';
import { labPool } from './lab.js';
import type { Random } from './random.js';
import { makeWalk } from './schedule.js';
import { shorterText } from './shrink.js';
import type { Outcome, Wrong } from './target.js';
import { LABS } from './text/corpus.js';
import { mutate } from './text/mutate.js';
import { extremeNumber, strange, strangeName } from './text/words.js';

interface Address {
  /** What the address was made from, where it has not been changed since. */
  readonly state: PageState | undefined;
  readonly hash: string;
  readonly kind: 'check' | 'run' | 'trace' | 'step';
  readonly command: StepCommand;
  readonly at: number;
}

const FIELDS = ['lab', 'text', 'guard', 'kernel', 'against', 'verify', 'scenario', 'at', 'schedule'];
const COMMANDS: readonly StepCommand[] = [
  'here',
  'stepi',
  'reverse-stepi',
  'nexti',
  'reverse-nexti',
  'finish',
  'reverse-finish',
];

function makeState(random: Random): PageState {
  const maybe = <T>(percent: number, value: () => T): T | undefined =>
    random.chance(percent) ? value() : undefined;
  const walked = random.chance(30) ? makeWalk(random) : undefined;
  const own = LABS.find((l) => l.name === walked?.lab)?.text ?? random.of(LABS).text;
  const found = {
    lab: maybe(30, () => random.of(['recursion', 'explore/two-tasks', '__proto__', 'nothing'])),
    text: random.chance(60) ? own : mutate(own, random, labPool),
    guard: maybe(30, () => random.of(['arm64', 'generic', 'none', 'nosuch'])),
    kernel: maybe(20, () => random.of(['arm64-7.3', 'amd64-7.3', 'nosuch'])),
    against: maybe(20, () => random.of(['arm64-v1', 'x86'])),
    verify: maybe(20, () => random.of(['on', 'off', 'nosuch'])),
    scenario: maybe(30, () => random.between(0, 4)),
    at: maybe(30, () => random.between(0, 9999)),
    schedule: walked && (random.chance(70) ? walked.text : mutate(walked.text, random, labPool)),
  };
  return Object.fromEntries(Object.entries(found).filter(([, v]) => v !== undefined));
}

const field = (random: Random, value: string): string =>
  new URLSearchParams([[random.of(FIELDS), value]]).toString();

/** An address with something wrong in it. */
function damage(hash: string, random: Random): string {
  const at = random.between(0, hash.length - 1);
  switch (random.between(0, 7)) {
    case 0:
      return hash.slice(0, at);
    case 1:
      return (
        hash.slice(0, at) +
        random.of(['%', '%%', '%ff', '%00', '&', '=', '#', '+', ' ', '\u0000', 'A', '-', '_', 'é']) +
        hash.slice(at)
      );
    case 2:
      return `${hash}&${field(random, random.of([extremeNumber(random), strangeName(random), strange(random)]))}`;
    case 3:
      return `#${field(random, strangeName(random))}&${hash.slice(1)}`;
    case 4:
      return hash.slice(0, at) + hash.slice(at + random.between(1, 20));
    case 5:
      return hash.replaceAll(random.of(['A', 'b', '-', '_', '=']), random.of(['', 'B', '+', '/', '%2F']));
    case 6:
      return hash.replace(/(\w+)=/, `${random.of([...FIELDS, '__proto__'])}=`);
    default:
      return hash + hash.slice(1);
  }
}

async function make(random: Random): Promise<Address> {
  const state = makeState(random);
  const hash = await writeHash(state);
  const isDamaged = random.chance(50);
  let damaged = hash;
  for (let n = isDamaged ? random.between(1, 3) : 0; n > 0; n -= 1) damaged = damage(damaged, random);
  return {
    state: isDamaged ? undefined : state,
    hash: damaged,
    kind: random.of(['check', 'run', 'trace', 'step']),
    command: random.of(COMMANDS),
    at: random.between(0, 300),
  };
}

/** Lone surrogates cannot be written, and too much is not read. */
const canTravel = ({ text = '', schedule = '' }: PageState): boolean =>
  [text, schedule].every((t) => t.length < 100_000 && Buffer.from(t).toString() === t);

/** What the page asks its worker once it has read its address. */
function ask(address: Address, state: PageState): { lab: LabText; choice: RunChoice; answer: Answer } {
  const { guard, kernel, scenario, schedule } = state;
  const shipped = LABS.find((l) => l.name === `programs/${state.lab ?? 'recursion'}.bpf`);
  const lab: LabText = { name: 'mine.bpf', text: state.text ?? shipped?.text ?? '' };
  const choice: RunChoice = {
    guard,
    kernel,
    ...(scenario !== undefined && { scenario }),
    ...(schedule !== undefined && { schedule }),
    step: { command: address.command, from: { position: address.at } },
  };
  const run: typeof runLab = (of, chosen, within) =>
    schedule === undefined ? runLab(of, chosen, within) : runSchedule(of, { ...chosen, schedule }, within);
  const asked = { check: checkLab, run, trace: traceLab, step: stepLab }[address.kind];
  return { lab, choice, answer: asked(lab, choice, environment) };
}

function judgeAnswer({ lab, choice, answer }: ReturnType<typeof ask>): Wrong | undefined {
  // It goes through postMessage.
  structuredClone(answer);
  for (const { from = 0, to = from, code } of answer.flaws)
    if (!(from >= 0 && from <= to && to <= lab.text.length))
      return {
        kind: 'a flaw outside of the text',
        details: `${code} from ${from} to ${to} of ${lab.text.length}`,
      };
  for (const run of answer.runs) {
    const { slices } = pictureOf(
      run.events,
      run.cpus,
      run.events.map((_, i) => i),
    );
    const bad = slices.find((s) => !(s.from < s.to && s.row >= 0 && s.cpu < run.cpus));
    if (bad !== undefined) return { kind: 'a box out of place', details: JSON.stringify(bad) };
  }
  if (answer.trace !== undefined) JSON.parse(answer.trace);
  const shown = [
    answer.text,
    ...answer.runs.flatMap((r) => [r.text, r.timelineText]),
    answer.step?.where ?? '',
  ];
  return strayIn(shown.join('\n'), { text: `${lab.text}${choice.schedule ?? ''}${choice.guard ?? ''}` });
}

async function judge(address: Address): Promise<Outcome> {
  const { state: read, troubles } = await readHash(address.hash);
  const isInTrouble = troubles.length > 0;
  const { state: written } = address;
  if (written !== undefined && canTravel(written) && (isInTrouble || !isDeepStrictEqual(read, written)))
    return {
      end: 'lost',
      wrong: { kind: 'an address that is read as another', details: troubles.join('; ') },
    };
  if (read.schedule !== undefined) {
    headline(read.schedule);
    namedIn(read.schedule, 'guard');
  }
  notShown(read, {
    lab: undefined,
    guard: undefined,
    against: undefined,
    kernel: undefined,
    verify: undefined,
    scenario: 0,
  });
  const asked = ask(address, read);
  const wrong = judgeAnswer(asked);
  const what = isInTrouble ? 'in trouble' : asked.answer.flaws.length > 0 ? 'flawed' : 'good';
  return { end: `${address.kind} ${what}`, ...(wrong && { wrong }) };
}

export const address = define<Address>({
  name: 'address',
  about:
    'addresses of the page, written and damaged: read without loss or said to be damaged, and what they hold carried out as the page’s worker does',
  inTest: 25,
  reaches: ['run good', 'run flawed', 'check good', 'run in trouble', 'step good'],
  make,
  judge,
  shrink: async (input, fails) => ({
    ...input,
    hash: await shorterText(input.hash, (hash) => fails({ ...input, state: undefined, hash })),
  }),
  show: ({ kind, command, at, hash }) => `${kind} (${command} at ${at})\n${hash}`,
});
