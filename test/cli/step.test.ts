// cspell:ignore stepp
import { describe, expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';
import { readTranscript, replay, transcripts } from '../support/transcript.js';

describe('a session of step prints what its transcript says', () => {
  test.each(transcripts())('%s', (name) => {
    const transcript = readTranscript(name);
    expect(transcript).toContain('\n(tinybpf) ');
    expect(replay(transcript)).toBe(transcript);
  });
});

const lab = 'programs/recursion.bpf';

test('a wrong command makes the exit status 1, and the session goes on', async () => {
  const run = await tinybpfHere(['step', lab], 'stepp\nstepi\n');
  expect(run.stdout).toContain('error[B0806]: there is no command `stepp`');
  expect(run.stdout).toContain('[1] map_delete_elem+1');
  expect(run.stderr).toBe('');
  expect(run.status).toBe(1);
});

test('commands of a file and of the command line do the same', async () => {
  const one = await tinybpfHere(['step', lab, '-x', 'break refused', '-x', 'continue']);
  const other = await tinybpfHere(['step', lab, '--commands', '-'], 'break refused\ncontinue\n');
  expect(one.status).toBe(0);
  expect(one.stdout).toBe(other.stdout);
});

test('nothing but the listing is printed where there are no commands', async () => {
  const run = await tinybpfHere(['step', lab], '');
  expect(run.status).toBe(0);
  expect(run.stdout).toMatch(/^\[0\] map_delete_elem\+0 \(kernel\)/);
  expect(run.stdout).not.toContain('(tinybpf)');
});

test.each([
  ['no such scenario', ['step', lab, '-n', '2'], 'there is no scenario `2`'],
  ['commands that are not there', ['step', lab, '-c', 'no/such/file'], 'there is no file no/such/file'],
  ['two sources of commands', ['step', lab, '-c', '-', '-x', 'c'], 'either --commands or --execute'],
  ['everything from standard input', ['step', '-'], 'cannot both come from standard input'],
] as const)('%s: refused', async (_, args, message) => {
  const run = await tinybpfHere(args, 'x');
  expect(run.stderr).toContain(message);
  expect(run.status).toBe(2);
});
