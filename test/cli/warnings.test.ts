import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

/** What is doubtful in a lab is said once, in however many scenarios it is met; another scenario's is said as well. */
const SCENARIO = 'scenario { cpu 0 { call f(1) } }\n';
const LAB = `function f(u64 x) {
    r0 = 0
    exit
}
program p : fentry/f {
    r0 = r3
    exit
}
${SCENARIO.repeat(3)}`;

test('a warning that three scenarios share is said once', async () => {
  const { stderr } = await tinybpfHere(['run', '-'], LAB);
  expect(stderr.match(/warning\[/g)?.length).toBe(1);
  expect(stderr).toContain('B0511');
});

test('one that only the last has is said after it', async () => {
  const { stderr } = await tinybpfHere(['run', '-'], `${LAB}scenario "idle" { cpus 1 }\n`);
  expect([...stderr.matchAll(/warning\[(B\d+)\]/g)].map((m) => m[1])).toEqual(['B0511', 'B0414']);
});

test('where nothing says what a program is attached to, that is what to say first', async () => {
  const object = resolve('test/data/objects/traced.bpf.o');
  const lab = `object "${object}" without do_unlinkat, do_unlinkat_exit, on_switch\nscenario { cpus 1 }\n`;
  const { stderr } = await tinybpfHere(['run', '-'], lab);
  expect(stderr).toContain('`attach probe to kprobe/FUNCTION`, `cpu 0 { call FUNCTION(1) }`');
});
