import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { BUCKET, LINK, LRU_LIST, PCPU_FREELIST_HEAD, PROG, TASK } from '../../src/kernel/layout.js';
import { MODELS } from '../../src/kernel/model.js';
import { PROTECTIONS, protectionsOf } from '../../src/kernel/protections.js';
import { tinybpfHere } from '../support/in-process.js';
import { boot } from '../support/kernel.js';

const PROGRAMS = fileURLToPath(new URL('../../programs/', import.meta.url));
const labs = [...new Set(PROTECTIONS.map((p) => p.lab))];

/** Labs about the order in which programs run, and which run at all: nothing is entered once there. */
const NO_ROW = [
  'freplace.bpf',
  'kprobe-at-offset.bpf',
  'kprobe-session.bpf',
  'order-of-probes.bpf',
  'program-traces-program.bpf',
];

describe('the table of protections', () => {
  test('what it says a counter is called in the emulated kernel is so', () => {
    const { symbols } = boot('');
    const fields = [PROG, LINK, BUCKET, LRU_LIST, PCPU_FREELIST_HEAD, TASK].flatMap((s) =>
      Object.keys(s.fields).map((f) => `${s.name}.${f}`),
    );
    // What is not a variable, nor a field of one, is said in words.
    for (const { here } of PROTECTIONS)
      expect([here, here.includes(' ') || symbols.has(here) || fields.includes(here)]).toEqual([here, true]);
  });

  test('its labs are there, and those that show a lock or a counter have rows', () => {
    for (const lab of labs) {
      expect(lab).toMatch(/^guards-of-linux\//);
      expect([lab, existsSync(PROGRAMS + lab)]).toEqual([lab, true]);
    }
    const shown = readdirSync(`${PROGRAMS}guards-of-linux`).filter((f) => f.endsWith('.bpf'));
    expect(shown.filter((f) => !labs.includes(`guards-of-linux/${f}`))).toEqual(NO_ROW);
  });

  test('how many there are besides prog->active, the page of their labs says', () => {
    const newest = protectionsOf(MODELS[0]!);
    const others = newest.filter((p) => !p.counter.startsWith('prog->active'));
    expect(readFileSync(`${PROGRAMS}guards-of-linux/README.md`, 'utf8')).toContain(
      `Linux ${MODELS[0]!.release} has ${others.length} more`,
    );
  });

  test('what it says of releases is what models have', () => {
    for (const model of MODELS) {
      const has = (counter: string): boolean => protectionsOf(model).some((p) => p.counter === counter);
      expect([
        has('prog->active, four bytes'),
        has('a resilient spin lock'),
        has('current->perf_recursion'),
        has('bpf_task_storage_busy'),
        has('its resilient spin lock'),
        has('its lock, for which an NMI is not let wait'),
        protectionsOf(model)
          .find((p) => p.counter === 'bpf_prog_active')
          ?.refused.includes('recursion_misses'),
      ]).toEqual([
        model.guard === 'arm64',
        model.resilientLocks,
        model.perfRecursionInTask,
        model.taskStorage !== 'locked',
        model.resilientLocks,
        !model.lockFreeTimers,
        model.countsActiveMisses,
      ]);
    }
  });

  test('what nothing tells of a release is said in the list of kernels', async () => {
    const { kernels } = JSON.parse((await tinybpfHere(['--json', 'list', 'kernels'])).stdout) as {
      kernels: Record<string, string>[];
    };
    const told = (name: string): string | undefined =>
      kernels.find((k) => k['name'] === name)?.['not verified'];
    const onlyLogs = 'when deletions from hash maps gave back after the lock';
    expect([told('arm64-6.6'), told('amd64-6.12')]).toEqual([onlyLogs, onlyLogs]);
    expect(told('arm64-7.0')).toContain('LRU');
    expect(told('amd64-6.1')).toContain('kretprobe');
    for (const { name, unverified } of MODELS) expect(told(name)).toBe(unverified.join(', '));
    expect(MODELS.filter((m) => m.unverified.length > 0).map((m) => m.release)).toContain('6.18');
  });

  test('a kernel has one row of each thing', () => {
    for (const model of MODELS) {
      const all = protectionsOf(model).map((p) => p.what);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  test('is printed, all of it or what a kernel has', async () => {
    const rows = async (...args: readonly string[]) =>
      (
        JSON.parse((await tinybpfHere(['--json', 'list', 'protections', ...args])).stdout) as {
          protections: Record<string, string>[];
        }
      ).protections;
    expect((await rows()).length).toBe(PROTECTIONS.length);
    const old = await rows('--kernel', 'arm64-6.19');
    expect(old.map((r) => r['counter'])).toContain('prog->active, an int');
    const now = await rows('--kernel', 'arm64-7.0');
    expect(now.map((r) => r['counter'])).toContain('prog->active, four bytes');
    for (const row of now) expect(existsSync(PROGRAMS + row['lab'])).toBe(true);
    expect((await tinybpfHere(['list', 'guards', '--kernel', 'arm64-7.0'])).status).toBe(2);
  });
});
