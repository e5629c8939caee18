import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { tinybpf } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

/** Arguments, and standard input, by command: what is printed depends on nothing else. */
const SMOKE: Readonly<Record<string, readonly [args: readonly string[], input?: string]>> = {
  run: [['programs/recursion.bpf', '--timeline']],
  step: [['programs/recursion.bpf'], 'stepi\nwhere\n'],
  test: [['programs/recursion.bpf']],
  check: [['programs/recursion.bpf']],
  asm: [['-'], 'r0 = 1\nexit\n'],
  disasm: [['-'], '9500000000000000'],
  export: [['test/data/export/all.bpf', '--output', '/dev/null']],
  explain: [['B0101']],
  list: [['guards']],
  percpu: [['--size', '4', '--align', '4']],
  plugin: [[], 'b7 00 00 00 01 00 00 00 95 00 00 00 00 00 00 00'],
  conformance: [['test/data/conformance']],
  header: [[]],
  // These print how long they took: of them, that they say what is wrong as they do here.
  explore: [['programs/nmi-over-task.bpf']],
  bench: [['--case', 'nothing']],
  tour: [['--nothing']],
};

/** All else of commands is tested without a process; that what is built and shipped does the same is tested here. */
test.each(COMMANDS.map((c) => c.name))('%s does in a process of its own what it does here', async (name) => {
  const smoke = SMOKE[name];
  if (smoke === undefined) throw new Error(`say in SMOKE how ${name} is called`);
  const [args, input = ''] = smoke;
  const built = tinybpf([name, ...args], input);
  expect(built).toEqual(await tinybpfHere([name, ...args], input));
  expect(built.stdout + built.stderr).not.toBe('');
});
