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
    ['freplace/nope', 'there is no function `nope` to attach to'],
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
