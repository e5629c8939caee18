// cspell:ignore aera dleete fentyr hsah nontrace tracpoint vlaue

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLab } from '../../src/lab/mistakes.js';
import { checkAll, checkLab } from '../../src/replay/check.js';
import { type Diagnostic, InputError } from '../../src/text/diagnostic.js';
import { placeOf } from '../../src/text/source.js';
import type { CliResult } from '../support/cli.js';
import { environment } from '../support/environment.js';
import { tinybpfHere } from '../support/in-process.js';
import { runs } from '../support/runs.js';
import { scratch } from '../support/shell.js';

/** Where a mistake can be put into the lab: a line of its own there. */
type Place = 'top' | 'map' | 'guard' | 'code' | 'task' | 'handler' | 'scenario';

/** Lines that are wrong, with what each is refused for when it is the only one. `#` is a number that no other line has. */
const MISTAKES: Readonly<Record<Place, readonly string[]>> = {
  top: [
    'map m# : hsah { key 4, value 8, max_entries 1 }',
    'map m# : hash { key 4, value 8, max_entries 0 }',
    'map m# : hash { key 4, value 8 }',
    'map m# : hash { key 4, vlaue 8, max_entries 1 }',
    'map m# : array { key 4, value 010, max_entries 1 }',
    'map m# : hash key { 4 }',
    'map counts : hash { key 4, value 8, max_entries 1 }',
    'map r# : hash { key 4, value 8, max_entries 1 }',
    'global g# : u8 = 256',
    'global g# : u8[3] = "four"',
    'global g# : u8[0]',
    'global g# : u128',
    'user u# : u16 = 65536',
    'program p# : fentry/nosuch# { r0 = 0; exit }',
    'program p# : fentyr/htab_map_delete_elem { r0 = 0; exit }',
    'program p# : fmod_ret/htab_map_delete_elem { r0 = 0; exit }',
    'program p# fentry htab_map_delete_elem { r0 = 0; exit }',
    'program p# : syscall { r0 = 0 }',
    'program p# : syscall { r1 = "text" }',
    'program p# : syscall { r11 = 1; r0 = 0; exit }',
    'program p# : syscall { *(u64 *)(r10 - 1024) = 1; r0 = 0; exit }',
    'program p# : syscall { goto +9; exit }',
    'program p# : syscall { r0 = r7; exit }',
    'program p# : syscall { }',
    'function f#(u64 a) nontrace { r0 = 0; exit }',
    'function f#(u64 a { r0 = 0; exit }',
    'tracepoint t#(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i, u64 j, u64 k, u64 l, u64 m)',
    'tracpoint t#(u64 a)',
    'nonsense #',
  ],
  map: ['kee 4', 'key 4', 'value = 4', 'value, 4'],
  guard: ['without nosuch#', 'aera size 4 align 4 4', 'area size 8 align 8', '# #'],
  code: [
    'r# = 99 99',
    'r12 = 1',
    'w1 = r2',
    'r10 = 5',
    'r1 += 0x1234567890',
    'r1 = 0x12345678901234567 ll',
    'r1 = nosuch# ll',
    'r1 = *(u32 *)(r10 - 40000)',
    '*(u64 *)(r10 - 8) = 0x123456789a',
    'goto +40000',
    'goto nowhere#',
    'if r1 == 0x1234567890 goto out',
    'if r1 == 5 goto nowhere#',
    'if r1 == 5 goto -400',
    'goto 3f',
    'call bpf_nosuch#',
    'call bpf_skb_load_bytes',
    'call 0x7fffff',
    'out:',
    'r1 = r2 = r3',
    'r1 = 017',
    'lock *(u32 *)(r1 + 0) |= r2',
    'r2 = atomic_fetch_add((u64 *)(r1 + 0), r3)',
    '.nosuch#',
    '.equ E#, 1 +',
    'r1 = E# + 1',
    'mov %r1, 5',
    'add #',
    'r1 += 0xffffffff',
  ],
  task: [
    'delete nosuch#[0]',
    'delete counts[0x123456789]',
    'update counts[1] = 0x12345678901234567',
    'delete counts[1',
    'call nosuch#(1)',
    'call bpf_fentry_test1(1, 2)',
    'fire nosuch#(1)',
    'test_run nosuch#',
    'set nosuch# = 1',
    'set flag = 256',
    'attach nosuch#',
    'join nosuch#',
    'migrate cpu 7',
    'provide nosuch#',
    'dleete counts[0] 5',
    'perf first',
  ],
  handler: ['delete nosuch#[0]', 'sleep 5', 'call nosuch#(1)', 'delete counts[0] x 100'],
  scenario: [
    'expect nosuch#.run_cnt == 1',
    'expect first.run_count# == 1',
    'expect counts == 1',
    'expect counts[0x123456789] == 1',
    'expect nosuch#[1] == 1',
    'expect fault nosuch#',
    'expect first.run_cnt = 1',
    'at nosuch#+1 nmi { delete counts[0] }',
    'at first+999 nmi { delete counts[0] }',
    'at first+1 nim { delete counts[0] }',
    'always nosuch#[1] == 1',
    'given nosuch#.active[0] = 1',
    'without nosuch#',
    'stats maybe',
    'task cpu { }',
    'task C cpu 9 { delete counts[0] }',
    'every 0 insns nmi { delete counts[0] }',
  ],
};

/** A lab without mistakes; `@PLACE` are lines that one can be put on. */
const LAB = `
map counts : hash { key 4, value 8, max_entries 4 }
map more : array {
  @map
    key 4
    value 8
    max_entries 4
}
@top
global flag : u8 = 1
@top
tracepoint hit(u64 a)
@top
function work(u64 a) kfunc {
  @code
    r0 = 0
    @code
out:
    exit
}
program first : fentry/htab_map_delete_elem {
    r1 = counts ll
    r2 = 0
    r3 = 0
    @code
    if r1 != 0 goto out
    @code
    r6 = more ll
    @code
out:
    r0 = 0
    exit
}
@top
program second : tp_btf/hit {
    r1 = 1
    r2 = 1
    r3 = 1
    @code
    @code
    r0 = 0
    if r1 == 0 goto out
    @code
    r0 = 1
out:
    exit
}
guard mine {
    @guard
    area size 4 align 4
    enter {
        r0 = 1
        @code
out:
        exit
    }
    @guard
    exit {
        @code
        r0 = 0
out:
        exit
    }
}
@top
scenario "one" {
    cpus 2
    @scenario
    task A cpu 0 {
        delete counts[1]
        @task
        call work(1)
        @task
    }
    at first+2 nmi {
        delete counts[1]
        @handler
    }
    task B cpu 1 {
        @task
        join A
    }
    @scenario
    expect first.run_cnt >= 0
    @scenario
}
scenario "two" {
    @scenario
    cpu 0 {
        @task
        fire hit(1)
    }
    expect flag == 1
    @scenario
}
@top
`.split('\n');

const isSlot = (line: string): boolean => /^\s*@/.test(line);
const SLOTS = LAB.flatMap((line, at) => (isSlot(line) ? [at] : []));

interface Mistake {
  readonly at: number;
  readonly text: string;
}

function labWith(mistakes: readonly Mistake[]): string {
  const lines = LAB.map((line) => (isSlot(line) ? '' : line));
  for (const { at, text } of mistakes) lines[at] = text;
  return lines.join('\n');
}

const shown = (d: Diagnostic): string =>
  `${d.span === undefined ? '-' : placeOf(d.span.source, d.span.start).line} ${d.code}`;

function mistakesIn(text: string): string[] {
  const source = { name: 'lab.bpf', text };
  try {
    const lab = readLab(source, environment, { check: checkAll });
    return checkLab(lab, environment, {}).map(shown);
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    return e.diagnostics.map(shown);
  }
}

const alone = new Map<string, readonly string[]>();
function mistakesOfOne(mistake: Mistake): readonly string[] {
  const key = `${mistake.at} ${mistake.text}`;
  const known = alone.get(key) ?? mistakesIn(labWith([mistake]));
  alone.set(key, known);
  return known;
}

const mistakeAt = (at: number): fc.Arbitrary<Mistake> => {
  const place = LAB[at]!.trim().slice(1) as Place;
  return fc
    .constantFrom(...MISTAKES[place])
    .map((text) => ({ at, text: text.replaceAll('#', `${at + 100}`) }));
};

const byLine = (a: string, b: string): number => Number.parseInt(a, 10) - Number.parseInt(b, 10);

test('the lab has no mistake', () => {
  expect(mistakesIn(labWith([]))).toEqual([]);
});

/** The first slot of each kind of place: a mistake at another is the same one. */
const FIRST_SLOTS = SLOTS.filter((at, i) => SLOTS.findIndex((s) => LAB[s]!.trim() === LAB[at]!.trim()) === i);

test('every mistake is one by itself, on its line', () => {
  for (const at of FIRST_SLOTS)
    for (const text of MISTAKES[LAB[at]!.trim().slice(1) as Place]) {
      const one = { at, text: text.replaceAll('#', `${at + 100}`) };
      expect([one.text, mistakesOfOne(one).length > 0]).toEqual([one.text, true]);
    }
});

test('mistakes of all stages are reported at once, in the order of lines, as each is alone', () => {
  const some = fc
    .subarray(SLOTS, { minLength: 2, maxLength: 12 })
    .chain((slots) => fc.tuple(...slots.map(mistakeAt)))
    // Of three labels of one name two are one too many, and they are not the ones that are so of two.
    .filter((mistakes) => mistakes.filter(({ text }) => text === 'out:').length < 2);
  fc.assert(
    fc.property(some, (mistakes) => {
      const expected = mistakes.flatMap(mistakesOfOne).toSorted(byLine);
      expect(mistakesIn(labWith(mistakes))).toEqual(expected);
    }),
    { numRuns: runs(15) },
  );
});

/** A lab that says of each of its lines what is wrong there. */
const EVERY_STAGE = 'test/data/mistakes/every-stage.bpf';
const said = readFileSync(EVERY_STAGE, 'utf8')
  .split('\n')
  .flatMap((line, i) => [...line.matchAll(/(?<=\/\/.*)B\d{4}/g)].map(([code]) => `${i + 1} ${code}`));

test.each([['check'], ['run'], ['test'], ['explore'], ['step', '-x', 'quit'], ['run', '--guard', 'x86']])(
  '%j lists what is wrong at every stage',
  async (command, ...more) => {
    const { stdout, stderr, status } = await tinybpfHere([command, EVERY_STAGE, ...more]);
    const told = `${stdout}${stderr}`.matchAll(
      /^ *(?:error|warning)\[(B\d{4})\].*\n *--> [^\n]*:(\d+):\d+$/gm,
    );
    expect([...told].map(([, code, line]) => `${line} ${code}`)).toEqual(said);
    expect(status).toBe(1);
  },
);

test('JSON has the same list', async () => {
  const { stdout } = await tinybpfHere(['run', '--json', EVERY_STAGE]);
  const { error } = JSON.parse(stdout) as { error: { code: string; place: { line: number } }[] };
  expect(error.map((e) => `${e.place.line} ${e.code}`)).toEqual(said);
});

/** Guards with faults that different stages find; a line says what of it. */
const GUARDS: Readonly<Record<string, string>> = {
  read: `guard read { area size 4 align 4
    enter { call nosuch; r0 = 1; exit } // B0601
    exit { r0 = r12; exit } // B0111
}`,
  loaded: `guard loaded { area size 4 align 4
    enter { goto +99; exit } // B0503
    exit { r0 = nosuch ll; exit } // B0208
}`,
  late: `guard late { area size 4 align 4
    enter { *(u64 *)(r10 - 1024) = 1; r0 = 1; exit } // B0506
    exit { r2 = nosuch ll; exit } // B0208
}`,
};

const folder = scratch();
const guardAt = (name: string): string => join(folder, `${name}.bpf`);
for (const [name, text] of Object.entries(GUARDS)) writeFileSync(guardAt(name), text);
writeFileSync(
  join(folder, 'lab.bpf'),
  `map h : hash { key 4, value 8, max_entries 0 } // B0403
scenario { cpu 0 { delete h[0] } }
`,
);
const sound = 'programs/two-programs.bpf';

/** `FILE:LINE CODE` of what is told with a place, and the messages of the rest. */
function told({ stdout, stderr }: CliResult): string[] {
  const all = `${stdout}${stderr}`.matchAll(
    /^ *error\[(B\d{4})\]: (.*)(?:\n *--> .*?([^/\n]*):(\d+):\d+$)?/gm,
  );
  return [...all].map(([, code, message, file, line]) =>
    file === undefined ? message! : `${file}:${line} ${code}`,
  );
}

/** The same as the comments of files say. */
const marked = (...names: readonly string[]): string[] =>
  names.flatMap((name) =>
    readFileSync(guardAt(name), 'utf8')
      .split('\n')
      .flatMap((line, i) =>
        [...line.matchAll(/\/\/ (B\d{4})/g)].map(([, code]) => `${name}.bpf:${i + 1} ${code}`),
      ),
  );

const files = (...names: readonly string[]): string[] => names.flatMap((name) => ['-g', guardAt(name)]);

describe('all that is wrong with the guards that are given is told at once', () => {
  test.each([
    ['run', sound],
    ['check', sound],
    ['explore', sound],
    ['bench', '--quick'],
  ])('%j', async (...command) => {
    const some = await tinybpfHere([...command, ...files('loaded', 'late')]);
    expect(told(some).toSorted()).toEqual(marked('loaded', 'late').toSorted());
    const all = await tinybpfHere([
      ...command,
      ...files('loaded', 'read', 'late'),
      '-g',
      'bogus',
      '-g',
      'nowhere',
    ]);
    const unknown = ['there is no guard `bogus`', 'there is no guard `nowhere`'];
    expect(told(all).toSorted()).toEqual([...marked('loaded', 'read', 'late'), ...unknown].toSorted());
    expect(all.status).toBe(1);
  });

  test.each([
    ['run', '-g', 'all', '--guards', 'bogus'],
    ['explore', '-g', 'all', '--guards', 'bogus'],
    ['check', '-g', 'arm64', '-g', 'bogus'],
    ['run', '-g', 'arm64', ...files('late'), '-g', 'bogus'],
  ])('with what is wrong with the lab: %j', async (...command) => {
    const all = await tinybpfHere([...command, guardAt('lab')]);
    const late = command.includes(guardAt('late')) ? ['late'] : [];
    expect(told(all).toSorted()).toEqual([...marked('lab', ...late), 'there is no guard `bogus`'].toSorted());
  });
});
