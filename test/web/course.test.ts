// cspell:ignore titel nummer progres
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/text/diagnostic.js';
import { formatDiagnostics } from '../../src/text/format.js';
import { CHECKS } from '../../src/web/course/checks.js';
import { type Lesson, parseLesson } from '../../src/web/course/lesson.js';
import { Progress } from '../../src/web/course/progress.js';
import { labState, openedBy } from '../../src/web/opened.js';
import type { LessonVerdict } from '../../src/web/protocol/lesson.js';
import { writeHash } from '../../src/web/url.js';
import { judgeLesson } from '../../src/web/worker/lesson.js';
import { ROOT } from '../support/cli.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';

const FOLDER = join(ROOT, 'programs/course');
const FILES = readdirSync(FOLDER).filter((f) => f.endsWith('.lesson'));
const read = (file: string): Lesson =>
  parseLesson({ name: file, text: readFileSync(join(FOLDER, file), 'utf8') });

/** What a reader does: types something, changes the lab. */
interface Answered {
  readonly typed?: string;
  readonly edits?: readonly (readonly [string, string])[];
}
type Answers = Readonly<
  Record<string, { readonly right: readonly Answered[]; readonly wrong: readonly Answered[] }>
>;
const ANSWERS = JSON.parse(readFileSync(join(ROOT, 'test/data/course/answers.json'), 'utf8')) as Answers;

function startOf({ lab }: Lesson): { readonly name: string; readonly text: string } {
  if ('text' in lab) return { name: 'lesson.bpf', text: lab.text };
  const name = `programs/${lab.name}.bpf`;
  return { name, text: readFileSync(join(ROOT, name), 'utf8') };
}

function changed(text: string, edits: Answered['edits'] = []): string {
  return edits.reduce((all, [from, to]) => {
    expect(all.split(from), from).toHaveLength(2);
    return all.replace(from, () => to);
  }, text);
}

function judged(lesson: Lesson, answer: Answered, engine: (typeof ENGINES)[number][1]): LessonVerdict {
  const start = startOf(lesson);
  const lab = { ...start, text: changed(start.text, answer.edits) };
  const { scenario, guard, kernel, change, checks } = lesson;
  const task = { start: start.text, scenario, guard, kernel, change, checks, typed: answer.typed ?? '' };
  return judgeLesson(task, lab, environment, { engine });
}

test('there are eight lessons, each with answers to try', () => {
  expect(FILES.map((f) => Number.parseInt(f, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(Object.keys(ANSWERS)).toEqual(FILES.map((f) => basename(f, '.lesson')));
  const kinds = new Set(FILES.flatMap((f) => read(f).checks.map((c) => c.kind)));
  expect([...kinds].sort()).toEqual(Object.keys(CHECKS).sort());
});

describe.each(FILES)('%s', (file) => {
  const { right, wrong } = ANSWERS[basename(file, '.lesson')]!;
  test.each(ENGINES)('refuses the untouched lab and wrong answers, accepts right ones (%s)', (_, engine) => {
    const lesson = read(file);
    const untouched = judged(lesson, {}, engine);
    expect(untouched.isSolved).toBe(false);
    expect(untouched.why).not.toBe('');
    expect(right.length).toBeGreaterThan(0);
    for (const answer of right)
      expect({ answer, ...judged(lesson, answer, engine) }).toEqual({ answer, isSolved: true, why: '' });
    expect(wrong.length).toBeGreaterThan(1);
    for (const answer of wrong) {
      const verdict = judged(lesson, answer, engine);
      expect({ answer, isSolved: verdict.isSolved }).toEqual({ answer, isSolved: false });
      expect(verdict.why).toMatch(/\S/);
    }
  });

  test('is short', () => {
    const { text, question } = read(file);
    expect(text.length).toBeLessThanOrEqual(4);
    expect([...text, question].join(' ').split(/\s+/).length).toBeLessThan(190);
  });
});

test.each([0, 1, 2, 3])('what align 8 costs does not depend on where words begin: %i are below', (words) => {
  const lesson = read(FILES.find((f) => f.startsWith('3'))!);
  const { text } = startOf(lesson);
  const below = `percpu below : u32[${words}]\n`;
  const isRight = (align: number, typed: string): boolean => {
    const lab = { text: `${words === 0 ? '' : below}${changed(text, [['align 8', `align ${align}`]])}` };
    return judged({ ...lesson, lab }, { typed }, ENGINES[0]![1]).isSolved;
  };
  expect([isRight(8, '8'), isRight(4, '8'), isRight(4, '4'), isRight(8, '4')]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

const whyOf = (name: string, answer: Answered): string =>
  judged(read(FILES.find((f) => f.startsWith(name))!), answer, ENGINES[0]![1]).why;

test('says what is wrong with an answer, and not what the right one is', () => {
  expect(whyOf('1', {})).toBe('there is no answer yet: type a number');
  expect(whyOf('1', { typed: 'three' })).toBe('“three” is not a number');
  expect(whyOf('1', { typed: '8' })).toBe('8 is not right');
  expect(whyOf('2', { typed: 'nobody' })).toBe('unknown name `nobody.recursion_misses`');
  expect(whyOf('5', { edits: [['in A preempt B', 'in A preempt D']] })).toMatch(
    /^the lab cannot be run: .*D/,
  );
  expect(whyOf('5', {})).toBe('on_work.run_cnt is 1, on_work.active is 0');
  expect(whyOf('5', { edits: [['    r1 += 1\n', '    r1 += 2\n']] })).toBe(
    'only `scenario` is to be changed, not `program on_work`',
  );
  expect(whyOf('7', {})).toBe('exploration finds nothing broken');
  expect(whyOf('8', {})).toBe('exploration finds progress broken');
  expect(
    whyOf('8', { edits: [['    area size 4 align 4\n', '    area size 4 align 4\n    without progress\n']] }),
  ).toBe('progress was not checked, as the lab says `without`');
});

test('what is solved is kept, and what is kept is read whatever it is', () => {
  const kept = new Map([['tinybpf.course', '  1-a-refusal 99 ']]);
  const memory = {
    get: (key: string) => kept.get(key) ?? null,
    set: (k: string, v: string) => void kept.set(k, v),
  };
  const progress = new Progress(memory);
  expect([progress.has('1-a-refusal'), progress.has('8-mend-the-guard'), progress.has('')]).toEqual([
    true,
    false,
    false,
  ]);
  progress.solve('8-mend-the-guard');
  progress.solve('8-mend-the-guard');
  expect(new Progress(memory).has('8-mend-the-guard')).toBe(true);
  expect(kept.get('tinybpf.course')).toBe('1-a-refusal 99 8-mend-the-guard');
  expect(new Progress({ get: () => null, set: () => {} }).has('1-a-refusal')).toBe(false);
});

test('an address opens a lesson with its lab, the text it has, or the lab it names', async () => {
  const own = await openedBy('#lesson=5');
  expect([own.lesson?.number, own.lab, own.troubles]).toEqual([5, undefined, []]);
  expect(labState(own.lesson, '', own.text)).toEqual({ lesson: 5 });
  const edited = await openedBy(await writeHash({ lesson: 5, text: 'x' }));
  expect([edited.lesson?.number, edited.text]).toEqual([5, 'x']);
  expect(labState(edited.lesson, '', 'x')).toEqual({ lesson: 5, text: 'x' });
  expect((await openedBy('#lesson=5&lab=mutual')).lab?.name).toBe('mutual');
  expect(labState(undefined, 'mutual', 'x')).toEqual({ lab: 'mutual' });
  for (const number of ['0', '9', '1234567'])
    expect(await openedBy(`#lesson=${number}`)).toMatchObject({
      lesson: undefined,
      lab: { name: 'recursion' },
      troubles: [`there is no lesson ${number}`],
    });
});

const GOOD = `// a comment
title: T
text:
One
two.

Three.
question: Q?
solved: S
check: number a == ?
lab: recursion
`;

test('a lesson is paragraphs, a question and a lab', () => {
  expect(parseLesson({ name: 'x.lesson', text: GOOD })).toMatchObject({
    title: 'T',
    text: ['One two.', 'Three.'],
    question: 'Q?',
    hint: undefined,
    lab: { name: 'recursion' },
    change: [],
    checks: [{ kind: 'number', condition: 'a == ?' }],
  });
  const own = GOOD.replace('lab: recursion', 'lab:\ntext: u64\nout:\n// theirs');
  expect(parseLesson({ name: 'x.lesson', text: own }).lab).toEqual({ text: 'text: u64\nout:\n// theirs\n' });
});

test.each([
  ['titel: T', 'title: T', /2:1\n.*titel: T\n.*\^|did you mean `title`/s],
  ['check: nummer a == ?', 'check: number a == ?', /there is no check `nummer`/],
  ['check: number a == 1', 'check: number a == ?', /no place in the condition/],
  ['check: breaks progres', 'check: number a == ?', /there is no property `progres`/],
  [
    'check: breaks progress with irq',
    'check: number a == ?',
    /no interrupt level `irq`[\s\S]*softirq, hardirq, nmi/,
  ],
  ['check: run', 'check: number a == ?', /does not say what is checked/],
  ['check: name ?.x\ncheck: number ?', 'check: number a == ?', /only one answer can be typed/],
  ['', 'solved: S\n', /the lesson has no `solved`/],
  ['title: T\ntitle: U', 'title: T', /`title` is given twice/],
  ['question:', 'question: Q?', /there is nothing after `question:`/],
  ['hello\n// a comment', '// a comment', /1:1[\s\S]*a lesson begins|a lesson begins[\s\S]*1:1/],
])('%j instead of %j is refused with its place', (to, from, said) => {
  const text = GOOD.replace(from, () => to);
  const refuse = (): unknown => parseLesson({ name: 'x.lesson', text });
  expect(refuse).toThrow(InputError);
  try {
    refuse();
  } catch (e) {
    const shown = formatDiagnostics((e as InputError).diagnostics);
    expect(shown).toMatch(said);
    expect(shown).toMatch(/x\.lesson:\d+:\d+/);
  }
});
