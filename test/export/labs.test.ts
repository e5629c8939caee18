import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ExportedText, exportedFrom, read, shippedLabs, writeBoth } from '../support/exported.js';
import { tinybpfHere } from '../support/in-process.js';
import { scratch } from '../support/shell.js';

const dir = scratch();
const labs = [...shippedLabs(), 'test/data/export/all.bpf'].map((path) => ({
  path,
  exported: exportedFrom(path, read(path)),
}));

/** Names of a lab's functions whose code says the name of a map or a variable, which an object has for itself. */
const usesData = ({ text, maps, variables }: ExportedText): boolean => {
  const names = [...maps.map((m) => m.name), ...variables];
  const functions = text.match(/^function [^}]*^}/gm) ?? [];
  return functions.some((f) => names.some((name) => new RegExp(`\\b${name}\\b`).test(f)));
};

/** Labs all of whose programs a kernel could have, and whose own functions do without what is exported. */
const whole = labs.filter(
  ({ exported }) =>
    exported.programs.length > 0 &&
    !exported.leftOut.some((l) => l.what === 'program') &&
    !usesData(exported),
);

type Members = Readonly<Record<string, unknown>>;
interface ScenarioJson extends Members {
  readonly expects: readonly Members[];
  readonly programs: readonly Members[];
}

/** What a run comes to, but for times and places. */
async function outcome(path: string, engine: string): Promise<unknown> {
  const { status, stdout } = await tinybpfHere(['run', '--json', '--engine', engine, path]);
  const { scenarios } = JSON.parse(stdout) as { readonly scenarios: readonly ScenarioJson[] };
  return {
    status,
    scenarios: scenarios.map((s) => ({
      ...{
        title: s.title,
        guard: s.guard,
        actions: s.actions,
        printed: s.printed,
        executed: s.executed,
      },
      expects: s.expects.map(({ text, passed, found }) => ({
        text,
        passed,
        found,
      })),
      programs: s.programs.map((p) => ({
        ...{
          name: p.name,
          run_cnt: p.run_cnt,
          recursion_misses: p.recursion_misses,
        },
        ...{ link_missed: p.link_missed, run_time_ns: p.run_time_ns },
      })),
    })),
  };
}

test('the labs of whose programs a kernel could have all are these', () => {
  expect(whole.map(({ path }) => path)).toEqual([
    'programs/alignment.bpf',
    'programs/fexit.bpf',
    'programs/missed-tp.bpf',
    'programs/mutual.bpf',
    'programs/own-guard.bpf',
    'programs/recursion.bpf',
    'programs/stack-overflow.bpf',
    'programs/two-programs.bpf',
    'programs/bench/trig-fentry.bpf',
    'programs/bench/trig-fexit.bpf',
    'programs/bench/trig-fmodret.bpf',
    'programs/bench/trig-kprobe.bpf',
    'programs/bench/trig-rawtp.bpf',
    'programs/bench/trig-tp.bpf',
    'test/data/export/all.bpf',
  ]);
});

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  test.each(whole)('$path as an object runs as the lab does', async ({ path, exported }) => {
    const again = writeBoth(dir, basename(path, '.bpf'), exported);
    expect(await outcome(again, engine)).toEqual(await outcome(path, engine));
  });
});

test.each(labs)('all that $path declares is in its object, or is said to be left out', ({ exported }) => {
  const { text, programs, maps, variables, leftOut } = exported;
  const declared = [
    ...text.matchAll(
      /^(program|map|global|function|tracepoint|guard|user|scenario)\b\s*(?:"(.*?)"|([\w.]*))/gm,
    ),
  ].map(([, , title, name]) => title ?? name);
  const said = [
    ...programs.map((p) => p.name),
    ...maps.map((m) => m.name),
    ...variables,
    ...leftOut.map((l) => (/^\d+$/.test(l.name) ? '' : l.name)),
  ];
  expect(said.sort()).toEqual(declared.sort());
});

test('a lab of which a part is left is written, with what is not', async () => {
  const object = join(dir, 'tracepoint.bpf.o');
  const { status, stdout, stderr } = await tinybpfHere(['export', 'programs/tracepoint.bpf', '-o', object]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(`${object}:
  program say: raw_tp/bpf_trace_printk, 6 slots
  variable text
  variable hits
left out:
  program count: it is attached to \`hit\`, a tracepoint of the lab (programs/tracepoint.bpf:20:9)
  tracepoint hit: it is the lab's own, and a real kernel does not have it (programs/tracepoint.bpf:10:12)
  function print_once: it is the lab's own, and a real kernel does not have it (programs/tracepoint.bpf:30:10)
  scenario "a program that prints, on the tracepoint of printing": a real kernel has no scenarios (programs/tracepoint.bpf:38:1)
  scenario "a program that fires its own tracepoint": a real kernel has no scenarios (programs/tracepoint.bpf:44:1)
not checked: whether the verifier of a real kernel takes the programs, whether that kernel is recent enough, and whether its structures are laid out as the emulated ones
`);
  const lab = join(dir, 'part.bpf');
  writeFileSync(
    lab,
    `object "tracepoint.bpf.o"
scenario {
    attach say
    cpu 0 { test_run say  test_run say }
    expect say.run_cnt == 2
    expect say.recursion_misses == 2
}
`,
  );
  expect(await tinybpfHere(['run', lab])).toMatchObject({
    status: 0,
    stderr: '',
  });
});

test('as JSON, too', async () => {
  const object = join(dir, 'json.bpf.o');
  const run = await tinybpfHere(['export', '--json', 'programs/tracepoint.bpf', '-o', object]);
  expect(JSON.parse(run.stdout)).toMatchObject({
    object,
    programs: [{ name: 'say', section: 'raw_tp/bpf_trace_printk', slots: 6 }],
    maps: [],
    variables: ['text', 'hits'],
    kfuncs: [],
    left_out: [
      {
        kind: 'program',
        name: 'count',
        place: { file: 'programs/tracepoint.bpf', line: 20, column: 9 },
      },
      { kind: 'tracepoint', name: 'hit' },
      { kind: 'function', name: 'print_once' },
      { kind: 'scenario' },
      { kind: 'scenario' },
    ],
  });
});
