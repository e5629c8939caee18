// cspell:ignore elm swich nope
import { describe, expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

/** What is said of labs that could be run, and hardly are what was meant: by which command does not matter. */

const on = (name: string, target: string): string =>
  `program ${name} : ${target} {\n    r0 = 0\n    exit\n}\n`;
const MAP = 'map h : hash { key 4, value 8, max_entries 1 }\n';
const scenario = (...lines: readonly string[]): string => `scenario {\n    ${lines.join('\n    ')}\n}\n`;
const DELETE = 'cpu 0 { delete h[0] }';
const GOOD = on('a', 'fentry/htab_map_delete_elem');

/** All that a command says of a lab, of Linux nothing. */
async function said(
  lab: string,
  ...command: readonly string[]
): Promise<{ text: string; status: number | null }> {
  const { stderr, stdout, status } = await tinybpfHere([...command, '--no-verify', '-'], lab);
  return { text: stderr + stdout, status };
}

describe('programs that `attach` leaves out and that could not be attached', () => {
  test.each([
    ['fentry/htab_map_delete_elm', 'there is no function `htab_map_delete_elm` to attach to'],
    ['kprobe/htab_map_delete_elm', 'there is no function `htab_map_delete_elm` to attach to'],
    ['tp_btf/sched_swich', 'there is no tracepoint `sched_swich` to attach to'],
    ['kprobe.multi/nope_*', 'no function matches `nope_*`'],
    ['freplace/nope', 'there is no program `nope` to attach to'],
    ['fmod_ret/htab_map_delete_elem', 'htab_map_delete_elem() is not modifiable'],
    ['kprobe/htab_map_delete_elem+3', '`htab_map_delete_elem+3` is in the middle of an instruction'],
  ])('%s', async (target, message) => {
    const lab = GOOD + on('b', target) + MAP + scenario('attach a', DELETE, 'expect a.run_cnt == 1');
    for (const command of [['run'], ['check'], ['step', '-x', 'quit']]) {
      const { text, status } = await said(lab, ...command);
      expect(text).toContain(`warning[B0602]: ${message}`);
      expect(text).toContain('<stdin>:5:13');
      expect(text).toContain('no `attach` names `b`');
      expect(status).toBe(0);
    }
  });

  test('a slip of the finger is told with what is near', async () => {
    const lab = GOOD + on('b', 'fentry/htab_map_delete_elm') + MAP + scenario('attach a', DELETE);
    expect((await said(lab, 'run')).text).toContain('help: did you mean `htab_map_delete_elem`?');
  });

  test.each([
    ['nothing else is wrong with it', on('b', 'fentry/htab_map_update_elem'), 'attach a'],
    // Here it could not be attached beside `a`.
    ['another one is in the way', on('t', 'tc') + on('b', 'freplace/t') + on('c', 'fentry/t'), 'attach a, c'],
  ])('nothing is said where %s', async (_, programs, attach) => {
    const { text, status } = await said(GOOD + programs + MAP + scenario(attach, DELETE), 'check');
    expect(text).toBe('-: no errors\n');
    expect(status).toBe(0);
  });

  test('a scenario that attaches it later is refused before it runs', async () => {
    const lab =
      GOOD + on('b', 'fentry/htab_map_delete_elm') + MAP + scenario('attach a', 'cpu 0 { attach b }');
    for (const command of ['run', 'check']) {
      const { text, status } = await said(lab, command);
      expect(text).toContain('error[B0602]: there is no function `htab_map_delete_elm` to attach to');
      expect(text).not.toContain('no `attach` names');
      expect(status).toBe(1);
    }
  });
});

describe('expectations that cannot hold at once', () => {
  const inScenario = (...lines: readonly string[]): string => GOOD + MAP + scenario(DELETE, ...lines);
  const both = (a: string, b: string): string => `\`${b}\` and \`${a}\` cannot both hold`;

  test.each([
    ['a.run_cnt == 1', 'a.run_cnt == 2'],
    ['a.run_cnt == 1', '2 == a.run_cnt'],
    ['a.run_cnt == 1', 'a.run_cnt != 2 - 1'],
    ['a.run_cnt > 5', 'a.run_cnt < 6'],
    ['h[0] >= 5', '3 >= h[ 0 ]'],
    ['h[0] == absent', 'h[0] == 5'],
    ['h[0] == absent', 'h[0] != absent'],
    ['h[0] == -1', 'h[0] == -2'],
  ])('%s, %s', async (a, b) => {
    const lines = [`expect ${a}`, `expect ${b}`];
    const { text, status } = await said(inScenario(...lines), 'check');
    expect(text).toContain(`warning[B0405]: ${both(a, b)}`);
    expect(text).toContain('the other is at <stdin>:8:12');
    expect(text).toContain('--> <stdin>:9:12');
    expect(status).toBe(0);
    expect((await said(inScenario(`expect ${a} && ${b}`), 'check')).text).toContain(both(a, b));
    expect((await said(inScenario(`always ${a}`, `finally ${b}`), 'check')).text).toContain(both(a, b));
    expect((await said(inScenario(...lines), 'run')).text).toContain(both(a, b));
  });

  test.each([
    ['expect a.run_cnt == 1', 'expect a.run_cnt == 1'],
    ['expect a.run_cnt > 0', 'expect a.run_cnt < 2'],
    ['expect a.run_cnt == 1', 'expect a.recursion_misses == 2'],
    ['expect a.run_cnt == 1 || a.run_cnt == 2', 'expect a.run_cnt == 3'],
    ['expect h[0] == absent', 'expect h[0] != 5'],
    ['expect h[0] == -1', 'expect h[0] == 18446744073709551615'],
    ['expect h[0] == h[0]', 'expect h[0] == 1'],
    // Where the counts are compared is after the run, and where these hold, while it goes on.
    ['expect a.active == 0', 'always a.active < 2'],
  ])('nothing is said of %s, %s', async (a, b) => {
    expect((await said(inScenario(a, b), 'check')).text).toBe('-: no errors\n');
  });

  test.each([
    ['expect fault null_pointer', 'expect fault out_of_bounds'],
    ['expect fault null_pointer at a', 'expect fault null_pointer at htab_map_delete_elem'],
    ['expect verdict holds', 'expect verdict breaks one_instance'],
    ['expect verdict under none breaks balanced', 'expect verdict under none breaks one_instance'],
  ])('%s, %s', async (a, b) => {
    const { text } = await said(inScenario(a, b), 'check');
    expect(text).toContain(`warning[B0405]: ${both(a, b)}`);
  });

  test.each([
    ['expect fault null_pointer', 'expect fault null_pointer at a'],
    ['expect verdict holds', 'expect verdict under none breaks one_instance'],
    [
      'expect verdict under none breaks one_instance, balanced',
      'expect verdict under none breaks balanced, one_instance',
    ],
  ])('nothing is said of %s, %s', async (a, b) => {
    expect((await said(inScenario(a, b), 'check')).text).toBe('-: no errors\n');
  });
});

test.each(['cpu 0 { delete h[0] x 0 }', 'at a+0 nmi { delete h[0] x 1 - 1 }', 'may nmi { delete h[0] x 0 }'])(
  'what is done 0 times is told: %s',
  async (line) => {
    const { text } = await said(GOOD + MAP + scenario(DELETE, line), 'check');
    expect(text).toContain('warning[B0414]: this is done 0 times');
    expect(text).toContain('help: write how often after the `x`, or leave the line out');
  },
);

describe('counts that are expected where nothing counts', () => {
  const off = (...lines: readonly string[]): string => GOOD + MAP + scenario('stats off', DELETE, ...lines);

  test('the line is named that turns counting off', async () => {
    for (const command of ['check', 'run']) {
      const { text } = await said(off('expect a.run_cnt == 1'), command);
      expect(text).toContain('warning[B0405]: `a.run_cnt` stays 0: statistics are off');
      expect(text).toContain('--> <stdin>:9:12');
      expect(text).toContain('help: leave out `stats off`, which is at <stdin>:7:5');
    }
  });

  test('so is the option', async () => {
    const lab = GOOD + MAP + scenario(DELETE, 'expect 0 < a.run_time_ns');
    const { text } = await said(lab, 'run', '--no-stats');
    expect(text).toContain('`a.run_time_ns` stays 0: statistics are off');
    expect(text).toContain('help: leave out `--no-stats`');
    expect((await said(lab, 'run')).text).not.toContain('warning');
  });

  test('nothing is said where they are to be 0, and of what is counted all the same', async () => {
    const lab = off('expect a.run_cnt == 0', 'expect a.recursion_misses == 1');
    expect((await said(lab, 'check')).text).toBe('-: no errors\n');
  });
});
