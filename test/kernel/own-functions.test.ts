// cspell:ignore twise
import { describe, expect, test } from 'vitest';
import { findModel } from '../../src/kernel/model.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { InputError } from '../../src/text/diagnostic.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';
import { tinybpfHere } from '../support/in-process.js';

/** A program whose own function doubles, and whose result is kept. */
const LAB = `map progs : prog_array { max_entries 2 }
global n : u64
global seen : u64
tracepoint hit(u64 a)
program a : raw_tp/hit {
    r1 = *(u64 *)(r1 + 0)
    r2 = 3
    call twice
    r1 = n ll
    *(u64 *)(r1 + 0) = r0
    r0 = 0
    exit
twice:
    r0 = r1
    r0 += r1
    r0 += r2
    exit
}
`;
const TIMES_TEN = `{
    r0 = r1
    r0 *= 10
    r0 += r2
    exit
}
`;
const KEEPS = (slot: number): string => `{
    r2 = *(u64 *)(r1 + ${8 * slot})
    r1 = seen ll
    *(u64 *)(r1 + 0) = r2
    r0 = 0
    exit
}
`;

/** What is found where a scenario does not come to what it expects; nothing where it does. */
function wrong(text: string, engine: (typeof ENGINES)[number][1], model = 'amd64-7.3'): string {
  const lab = parseOrThrow({ name: 'own.bpf', text });
  try {
    const options = { engine, model: findModel(model)! };
    return scenariosOf(lab)
      .flatMap((scenario) => runScenario(lab, scenario, environment, options).expects.flatMap((e) => e.found))
      .join();
  } catch (e) {
    return (e as Error).message;
  }
}

describe.each(ENGINES)('on %s', (_, engine) => {
  test('a function of a program is replaced, until that is detached', () => {
    const text = `${LAB}program b : freplace/a.twice ${TIMES_TEN}scenario {
    attach a
    cpu 0 { attach b  fire hit(5) }
    expect n == 53
    expect a.run_cnt == 1 && b.run_cnt == 0
}
scenario {
    attach a, b
    cpu 0 { detach b  fire hit(5) }
    expect n == 13
}`;
    expect(wrong(text, engine)).toBe('');
    expect(wrong(text, engine, 'arm64-6.6')).toBe('');
  });

  test('and traced, with its arguments and its result', () => {
    const traced = (kind: string, slot: number, found: number): string =>
      `${LAB}program t : ${kind}/a.twice ${KEEPS(slot)}scenario {
    cpu 0 { fire hit(5) }
    expect seen == ${found} && n == 13
    expect t.run_cnt == 1
}`;
    expect(wrong(traced('fentry', 0, 5), engine)).toBe('');
    expect(wrong(traced('fentry', 1, 3), engine)).toBe('');
    // Nobody knows how many it takes, so that there are five before the result.
    expect(wrong(traced('fexit', 5, 13), engine)).toBe('');
  });

  test('the program itself may be traced meanwhile, its function not', () => {
    const besides = (to: string): string =>
      wrong(
        `${LAB}program b : freplace/a.twice ${TIMES_TEN}program t : fentry/${to} ${KEEPS(0)}scenario {
    cpu 0 { fire hit(5) }
    expect n == 53 && t.run_cnt == 1
}`,
        engine,
      );
    expect(besides('a')).toBe('');
    expect(besides('a.twice')).toContain('`a.twice` is replaced by `b`');
  });

  test('what replaces it may call what its program may call', () => {
    const calls = (kind: string): string =>
      wrong(
        `${LAB.replace('raw_tp/hit', kind)}program b : freplace/a.twice {
    call bpf_get_attach_cookie
    exit
}
function f() {
    r0 = 0
    exit
}
scenario {
    attach a, b
    cpu 0 { fire hit(5) }
}`,
        engine,
        'amd64-6.1',
      );
    expect(calls('kprobe/f')).toBe('');
    expect(calls('raw_tp/hit')).toContain('programs of kind raw_tp cannot call');
  });

  test('its program is in no array of programs then', () => {
    const text = `${LAB}program b : freplace/a.twice ${TIMES_TEN}scenario {
    attach a
    cpu 0 { update progs[0] = a  attach b }
}`;
    expect(wrong(text, engine)).toContain('`a` is in an array of programs');
    expect(wrong(text, engine, 'amd64-6.6')).toBe('');
    const put = `${LAB}program b : freplace/a.twice ${TIMES_TEN}scenario { cpu 0 { update progs[0] = a } }`;
    const lab = parseOrThrow({ name: 'put.bpf', text: put });
    expect(runScenario(lab, scenariosOf(lab)[0]!, environment, { engine }).actions[0]!.results).toEqual([
      -16n,
    ]);
  });

  test('a program that shares its name with a map is traced, and a function of it replaced', () => {
    const shared = LAB.replaceAll('progs', 'a');
    const traced = `${shared}program t : fentry/a ${KEEPS(0)}scenario {
    cpu 0 { fire hit(5) }
    expect t.run_cnt == 1 && n == 13
}`;
    expect(wrong(traced, engine)).toBe('');
    const replaced = `${shared}program b : freplace/a.twice ${TIMES_TEN}program t : fexit/a ${KEEPS(1)}scenario {
    cpu 0 { fire hit(5) }
    expect n == 53 && t.run_cnt == 1
}`;
    expect(wrong(replaced, engine)).toBe('');
  });

  test('it is that of the program that is said, which has to be', () => {
    const two = `${LAB}${LAB.slice(LAB.indexOf('program a')).replace('program a', 'program c')}`;
    const replaced = (name: string): string =>
      wrong(
        `${two}program b : freplace/${name} ${TIMES_TEN}scenario {
    attach a, b
    cpu 0 { fire hit(5) }
    expect n == 53
}`,
        engine,
      );
    expect(replaced('c.twice')).toBe('n is 13');
    expect(replaced('a.twice')).toBe('');
    expect(replaced('twice')).toContain('there is no program `twice` to attach to');
  });

  test.each([
    ['freplace/twice', 'there is no program `twice`', 'say whose function it is: `freplace/a.twice`'],
    ['fentry/twice', 'there is no function `twice`', 'say whose function it is: `fentry/a.twice`'],
    ['freplace/a.twise', 'there is no program `a.twise`', 'did you mean `a.twice`?'],
    ['freplace/other', 'there is no program `other`', 'write PROGRAM or PROGRAM.FUNCTION'],
    ['freplace/f', '`f` is not a program', 'write PROGRAM or PROGRAM.FUNCTION'],
    ['kprobe/twice', 'there is no function `twice`', '`tinybpf list functions` shows what there is'],
  ])('%s: what is not there, and what may be meant', (attach, message, help) => {
    const text = `${LAB}function f() {
    r0 = 0
    exit
}
program b : ${attach} {
    r0 = r1
    exit
}
scenario { cpu 0 { fire hit(5) } }`;
    const lab = parseOrThrow({ name: 'own.bpf', text });
    try {
      runScenario(lab, scenariosOf(lab)[0]!, environment, { engine });
      expect.unreachable();
    } catch (e) {
      if (!(e instanceof InputError)) throw e;
      expect(e.diagnostics.map((d) => d.message).join()).toContain(message);
      expect(e.diagnostics.map((d) => d.help).join()).toContain(help);
    }
  });

  test('what replaces one has what that is called with', () => {
    const text = `${LAB}program b : freplace/a.twice ${TIMES_TEN}scenario { cpu 0 { fire hit(5) } }`;
    const lab = parseOrThrow({ name: 'own.bpf', text });
    expect(runScenario(lab, scenariosOf(lab)[0]!, environment, { engine }).warnings).toEqual([]);
  });
});

test('what replaces or traces a program has no function made for it', async () => {
  const text = `${LAB}program b : freplace/a.twice ${TIMES_TEN}program d : fexit/a.twice ${KEEPS(0)}scenario {
    attach a, b
    cpu 0 { fire hit(5) }
    expect n == 53
}
scenario {
    attach a, d
    cpu 0 { fire hit(5) }
    expect n == 13 && d.run_cnt == 1
}
program whole : freplace/a {
    r0 = 0
    exit
}
scenario {
    attach a, whole
    cpu 0 { fire hit(5) }
    expect n == 0 && a.run_cnt == 1
}`;
  const { status, stdout, stderr } = await tinybpfHere(['--json', 'run', '--declare-missing', '-'], text);
  expect([status, stderr]).toEqual([0, '']);
  const { scenarios } = JSON.parse(stdout) as { scenarios: { made: object[]; passed: boolean }[] };
  expect(scenarios.map(({ made, passed }) => [made, passed])).toEqual(Array(3).fill([[], true]));
});

describe('of an object', () => {
  /** What `run` says of a program that is attached to a function of a program of an object, and keeps what it finds in r1. */
  const said = async (object: string, attach: string, action: string, expected: string): Promise<string> => {
    const lab = `object "test/data/objects/${object}.bpf.o"
global seen : u64
program b : ${attach} {
    r2 = seen ll
${!attach.startsWith('freplace') ? '    r1 = *(u64 *)(r1 + 8)\n' : ''}    *(u64 *)(r2 + 0) = r1
    r0 = 100
    exit
}
scenario {
    attach b
    cpu 0 { ${action} }
    ${expected}
}`;
    const { status, stdout, stderr } = await tinybpfHere(['run', '-'], lab);
    return status === 0 ? 'passed' : `${stdout}${stderr}`;
  };

  test('a global function is replaced in the program that is said', async () => {
    const global = (name: string): Promise<string> =>
      said('functions', `freplace/${name}`, 'test_run twice', 'expect seen == 4');
    expect(await global('global')).toContain('`freplace/direct.global` or `freplace/twice.global`');
    expect(await global('twice.global')).toBe('passed');
    expect(await global('direct.global')).toContain('`direct` is of kind fentry');
  });

  test('its type says how many arguments it has, and where its result is', async () => {
    expect(await said('functions', 'fexit/twice.global', 'test_run twice', 'expect seen == 4')).toBe(
      'passed',
    );
  });

  test('a static function is traced, and not replaced', async () => {
    const ofCore = (kind: string): Promise<string> =>
      said('core', `${kind}/unresolved.reads_nowhere`, 'sleep 1', 'expect b.run_cnt == 0');
    const refused = await ofCore('freplace');
    expect(refused).toContain('`unresolved.reads_nowhere` is static');
    expect(refused).toContain('the kernel says "reads_nowhere() is not a global function"');
    expect(await ofCore('fentry')).toBe('passed');
  });
});
