// cspell:disable: names as the kernel spells them.
import { expect, test } from 'vitest';
import {
  wellKnownFunction,
  wellKnownFunctions,
  wellKnownTracepoint,
  wellKnownTracepoints,
} from '../../src/kernel/attach/well-known.js';
import { wellKnownEvent, wellKnownRecord } from '../../src/kernel/attach/well-known-records.js';
import { MAX_ARGUMENTS } from '../../src/kernel/layout.js';
import { parsePrototype } from '../../src/syntax/prototype.js';
import { Findings } from '../../src/text/findings.js';

test.each([
  ['function', wellKnownFunctions(), wellKnownFunction],
  ['tracepoint', wellKnownTracepoints(), wellKnownTracepoint],
] as const)('every %s of the tables has a prototype in C that can be read, once', (_, names, find) => {
  expect(new Set(names).size).toBe(names.length);
  const wrong = names.filter((name) => {
    const findings = new Findings();
    const prototype = parsePrototype({ name: 'table', text: find(name)! }, findings);
    return findings.errors > 0 || prototype?.name.name !== name || prototype.params.length > MAX_ARGUMENTS;
  });
  expect(wrong).toEqual([]);
});

test('records of classes, by their tracepoints and as the structure that BTF has', () => {
  const layout = (name: string) => wellKnownRecord(name)?.fields.map((f) => `${f.name} ${f.offset}`);
  expect(layout('sched_waking')).toEqual(['comm 8', 'pid 24', 'prio 28', 'target_cpu 32']);
  expect(layout('block_rq_complete')?.slice(0, 3)).toEqual(['dev 8', 'sector 16', 'nr_sector 24']);
  expect(layout('sys_enter_openat')).toEqual(layout('sys_enter'));
  expect(layout('no_such_event')).toBeUndefined();
  const fields = (name: string) =>
    wellKnownEvent(`trace_event_raw_${name}`)?.fields.map((f) => [f.name, f.offset, f.type.kind]);
  expect(fields('sys_enter')).toEqual([
    ['id', 8, 'int'],
    ['args', 16, 'array'],
  ]);
  expect(fields('sched_process_exec')?.[0]).toEqual(['__data_loc_filename', 8, 'int']);
  // The class that block_rq_complete had before, and the tracepoint of another.
  expect(fields('block_rq_complete')).toBeUndefined();
  expect(fields('sched_waking')).toBeUndefined();
});
