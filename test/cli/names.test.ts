// cspell:ignore balancd disabel instanc pointr progres spre
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { BootOptions } from '../../src/lab/boot.js';
import { modelNamed, parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { checkLab } from '../../src/replay/check.js';
import type { Diagnostic } from '../../src/text/diagnostic.js';
import { formatDiagnostics } from '../../src/text/format.js';
import { collecting } from '../support/collecting.js';
import { environment } from '../support/environment.js';
import { tinybpfHere } from '../support/in-process.js';

const dir = mkdtempSync(join(tmpdir(), 'tinybpf-names-'));
afterAll(() => rmSync(dir, { recursive: true }));
const labFile = (name: string, text: string): string => {
  const path = join(dir, `${name}.bpf`);
  writeFileSync(path, text);
  return path;
};

/** A lab in which something can be said: `in` a scenario, `beside` it, with a guard of its own that is not in use. */
function lab(inScenario: string, inGuard = '', beside = ''): string {
  return `function work(u64 who) {
    r0 = 0
    exit
}
program on_work : fentry/work {
    r0 = 0
    exit
}
global hits : u64
${beside}
guard spare {
    area size 4 align 4
    ${inGuard}
    enter {
        r0 = 1
        exit
    }
    exit {
        exit
    }
}
scenario "one" {
    task A cpu 0 { call work(1) }
    ${inScenario}
}
`;
}

interface Wrong {
  readonly what: string;
  /** The wrong name is between « and ». */
  readonly text: string;
  readonly code: string;
  readonly nearest?: string;
  /** Whether `run` goes on, with a warning or without. */
  readonly runs?: true;
}

const wrong: readonly Wrong[] = [
  {
    what: 'a guard that a verdict is under',
    text: lab('expect verdict under «amr64» holds'),
    code: 'B0603',
    nearest: 'arm64',
    runs: true,
  },
  {
    what: 'a guard of the lab that a verdict is under',
    text: lab('expect verdict under «spre» breaks balanced'),
    code: 'B0603',
    nearest: 'spare',
    runs: true,
  },
  {
    what: 'a property that a verdict breaks',
    text: lab('expect verdict under arm64 breaks progress, «balancd»'),
    code: 'B0407',
    nearest: 'balanced',
  },
  {
    what: 'a property not to check',
    text: lab('without «progres»'),
    code: 'B0407',
    nearest: 'progress',
  },
  {
    what: 'a property that a guard does not promise',
    text: lab('', 'without «one_instanc»'),
    code: 'B0407',
    nearest: 'one_instance',
  },
  {
    what: 'the model that a guard is meant for',
    text: lab('', 'kernel «arm64-7.33»'),
    code: 'B0604',
    nearest: 'arm64-7.3',
  },
  {
    what: 'a condition that always holds',
    text: lab('always «hit» == 0'),
    code: 'B0407',
    nearest: 'hits',
  },
  {
    what: 'a condition that holds in the end',
    text: lab('finally hits == 0 && «on_work.run_count» == 1'),
    code: 'B0407',
    nearest: 'on_work.run_cnt',
  },
  {
    what: 'a word that is given',
    text: lab('given «on_wrk.active»[0] = 1'),
    code: 'B0407',
    nearest: 'on_work.active',
  },
  { what: 'a CPU of a word that is given', text: lab('given on_work.active[«1»] = 1'), code: 'B0405' },
  {
    what: 'a CPU of an interrupt that may come',
    text: lab('may nmi cpu «2» x 1 { call work(2) }'),
    code: 'B0405',
  },
  { what: 'a CPU of an interrupt', text: lab('at work+0 cpu «3» nmi { call work(2) }'), code: 'B0405' },
  {
    what: 'a function that a fault is in',
    text: lab('expect fault null_pointer at «wrk»'),
    code: 'B0407',
    nearest: 'work',
  },
  {
    what: 'a kind of fault',
    text: lab('expect fault «null_pointr»'),
    code: 'B0405',
    nearest: 'null_pointer',
  },
  { what: 'a program to attach', text: lab('attach «on_wrk»'), code: 'B0407', nearest: 'on_work' },
  {
    what: 'what a guard calls that nothing uses',
    text: lab('').replace('r0 = 1\n', 'call «preempt_disabel»\n        r0 = 1\n'),
    code: 'B0601',
    nearest: 'preempt_disable',
    runs: true,
  },
];

/** The text, and where in it the marked name is, as diagnostics say it. */
function marked(text: string): { readonly plain: string; readonly place: string } {
  const before = text.slice(0, text.indexOf('«')).split('\n');
  const place = `<stdin>:${before.length}:${before.at(-1)!.length + 1}`;
  return { plain: text.replace(/[«»]/g, ''), place };
}

/** What is found in a lab, as the command line prints it. */
function checked(text: string, options: BootOptions = {}, name = '<stdin>'): string {
  const found: Diagnostic[] = [];
  collecting(found, () => {
    found.push(...checkLab(parseOrThrow({ name, text }), environment, options));
  });
  return formatDiagnostics(found);
}

describe.each(wrong)('$what', ({ text, code, nearest, runs }) => {
  const { plain, place } = marked(text);
  test('is refused by check, with its place and the nearest name', () => {
    const found = checked(plain);
    expect(found).toContain(`error[${code}]`);
    expect(found).toContain(place);
    if (nearest !== undefined) expect(found).toContain(`did you mean \`${nearest}\``);
  });
  test('whatever else the command line says', () => {
    expect(checked(plain, { guardName: 'generic', model: modelNamed('amd64-7.3') })).toContain(place);
  });
  test(`is ${runs === true ? 'a warning or nothing' : 'an error'} to run`, () => {
    const lab = parseOrThrow({ name: '<stdin>', text: plain });
    const run = () => runScenario(lab, scenariosOf(lab)[0]!, environment);
    if (runs !== true) expect(run).toThrow(code);
    else expect(run().passed).toBe(true);
  });
});

test('a lab with a wrong name fails', async () => {
  const { plain, place } = marked(wrong[0]!.text);
  const { stderr, stdout, status } = await tinybpfHere(['check', '-'], plain);
  expect(stderr).toContain(place);
  expect([stdout, status]).toEqual(['', 1]);
});

describe('a guard that only the command line brings', () => {
  const text = lab('expect verdict under mine holds');
  test('is unknown without it', async () => {
    for (const command of ['check', 'explore', 'test']) {
      const path = command === 'test' ? labFile('unknown', text) : '-';
      const { stdout, stderr, status } = await tinybpfHere([command, path], text);
      expect(stdout + stderr).toContain('error[B0603]: there is no guard `mine`');
      expect(stdout + stderr).toContain('`--guard ./mine.bpf`');
      expect(status).toBe(1);
    }
    const run = await tinybpfHere(['run', '-'], text);
    expect(run.stderr).toContain('warning[B0603]: there is no guard `mine`');
    expect(run.status).toBe(0);
  });
  test('is known with it', async () => {
    const mine = labFile('mine', readFileSync('programs/guards/arm64.bpf', 'utf8'));
    const path = labFile('known', text);
    for (const args of [
      ['check', '-g', mine],
      ['explore', '-g', mine],
      ['test', '-g', mine],
      ['run', '-g', mine],
    ]) {
      const { stdout, stderr, status } = await tinybpfHere([...args, path]);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      if (args[0] !== 'check' && args[0] !== 'run')
        expect(stdout).toMatch(/ok +(?:expect verdict under mine holds|\/)/);
    }
  });
});

test('what no order of the scenario can be explored in is refused where a verdict is expected of it', async () => {
  const text = lab('every 10 insns nmi { call work(2) }\n    expect verdict holds');
  expect((await tinybpfHere(['check', '-'], text)).stderr).toContain('error[B0411]');
});

/** What only a run can know, and a lab without a scenario, in which nothing is wrong. */
const ONLY_RUN: readonly string[] = [
  'attach-of-a-program-that-is-attached.bpf',
  'detach-of-a-program-that-is-not-attached.bpf',
  'scenario-without-anything-in-the-lab.bpf',
];

describe('check refuses whatever run refuses', () => {
  const refused = new URL('../data/refused/', import.meta.url);
  test.each(readdirSync(refused).filter((f) => !ONLY_RUN.includes(f)))('%s', (name) => {
    const path = new URL(name, refused).pathname;
    const text = readFileSync(path, 'utf8');
    const [, code] = /^\/\/ expect (B\d+):/m.exec(text) ?? [];
    expect(checked(text, {}, path)).toContain(`[${code}]`);
  });
});

test('check has no objection to any lab that is shipped', () => {
  for (const folder of ['programs/', 'programs/explore/'])
    for (const file of readdirSync(folder).filter((f) => f.endsWith('.bpf'))) {
      const name = `${folder}${file}`;
      const found = checkLab(parseOrThrow({ name, text: readFileSync(name, 'utf8') }), environment, {});
      expect({ name, found: found.map((d) => d.message) }).toEqual({ name, found: [] });
    }
});
