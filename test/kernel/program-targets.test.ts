import { describe, expect, test } from 'vitest';
import { findModel } from '../../src/kernel/model.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';

const program = (name: string, attach: string): string => `program ${name} : ${attach} {
    r0 = 3
    exit
}
`;

/** Programs a, b and c, what each is attached to, and how often each runs when f is called and t is hit twice. */
function runs(attach: readonly string[], model: string, engine: (typeof ENGINES)[number][1]): string {
  const names = ['a', 'b', 'c', 'd'];
  const text = `tracepoint t(u64 n)
function f(u64 n) fmod_ret sleepable {
    r0 = 0
    exit
}
${attach.map((to, i) => program(names[i]!, to)).join('')}
scenario {
    attach ${names.slice(0, attach.length).join(', ')}
    cpu 0 { call f(1) x 2  fire t(1) x 2 }
}
`;
  const lab = parseOrThrow({ name: 'targets.bpf', text });
  try {
    const result = runScenario(lab, scenariosOf(lab)[0]!, environment, { engine, model: findModel(model)! });
    return result.programs.map((p) => p.runCnt).join(' ');
  } catch (e) {
    return (e as Error).message;
  }
}

const REPLACED = `global who : u64
tracepoint t(u64 n)
program a : raw_tp/t {
    r1 = who ll
    *(u64 *)(r1 + 0) = 1
    r0 = 0
    exit
}
program b : freplace/a {
    r2 = *(u64 *)(r1 + 0)
    r1 = who ll
    *(u64 *)(r1 + 0) = r2
    r0 = 0
    exit
}
`;

describe.each(ENGINES)('on %s', (_, engine) => {
  test('what replaces a program gets its context, until it is detached', () => {
    const text = `${REPLACED}scenario {
    attach a
    cpu 0 { attach b  fire t(77) }
    expect who == 77
    expect a.run_cnt == 1
}
scenario {
    attach a, b
    cpu 0 { fire t(77)  detach b  fire t(77) }
    expect who == 1
    expect a.run_cnt == 2
}`;
    const lab = parseOrThrow({ name: 'replaced.bpf', text });
    for (const scenario of scenariosOf(lab))
      expect(runScenario(lab, scenario, environment, { engine }).expects.flatMap((e) => e.found)).toEqual([]);
  });

  test.each([
    ['amd64-7.3', 'update progs[0] = a  attach b', 'B0602: `a` is in an array of programs'],
    ['amd64-7.3', 'update progs[0] = a  delete progs[0]  attach b', ''],
    ['amd64-6.12', 'update progs[0] = a  attach b', 'B0602: `a` is in an array of programs'],
    ['amd64-6.6', 'update progs[0] = a  attach b', ''],
  ])('nor is it called by tail calls, on %s: %s', (model, actions, expected) => {
    const text = `map progs : prog_array { max_entries 2 }
${REPLACED}scenario {
    attach a
    cpu 0 { ${actions}  fire t(7) }
    expect who == 7
}`;
    const lab = parseOrThrow({ name: 'arrays.bpf', text });
    const said = (): string => {
      try {
        const options = { engine, model: findModel(model)! };
        const { expects } = runScenario(lab, scenariosOf(lab)[0]!, environment, options);
        return expects.flatMap((e) => e.found).join();
      } catch (e) {
        return (e as Error).message;
      }
    };
    expect(said()).toBe(expected);
  });

  test('nor is it put into an array of programs while it is replaced', () => {
    const text = `map progs : prog_array { max_entries 2 }
${REPLACED}scenario { cpu 0 { update progs[0] = a } }`;
    const lab = parseOrThrow({ name: 'arrays.bpf', text });
    const results = ['amd64-7.3', 'amd64-6.6'].map(
      (model) =>
        runScenario(lab, scenariosOf(lab)[0]!, environment, { engine, model: findModel(model)! }).actions[0]!
          .results,
    );
    expect(results).toEqual([[-16n], [0n]]);
  });

  test('it may call what the replaced program may call, and nothing else', () => {
    const calls = (kind: string): string => {
      const text = `tracepoint t(u64 n)
function f() {
    r0 = 0
    exit
}
program b : freplace/a {
    call bpf_get_attach_cookie
    r0 = 0
    exit
}
program a : ${kind} {
    r0 = 0
    exit
}
scenario { cpu 0 { call f()  fire t(1) } }`;
      const lab = parseOrThrow({ name: 'calls.bpf', text });
      try {
        const model = findModel('amd64-6.1')!;
        return runScenario(lab, scenariosOf(lab)[0]!, environment, { engine, model }).outcome.kind;
      } catch (e) {
        return (e as Error).message;
      }
    };
    expect(calls('kprobe/f')).toBe('finished');
    expect(calls('raw_tp/t')).toContain('programs of kind raw_tp cannot call `bpf_get_attach_cookie`');
  });

  test.each([
    [['raw_tp/t', 'fentry/a', 'fexit/a'], 'amd64-6.1', '2 2 2'],
    [['kprobe/f', 'fentry/a'], 'arm64-7.3', '2 2'],
    [['tp/x/t', 'fexit/a', 'fexit/a'], 'arm64-6.12', '2 2 2'],
    [['uprobe/f', 'fentry/a'], 'arm64-7.3', '2 2'],
    // Tracing programs by tracing programs: since 6.8, one level.
    [['fentry/f', 'fentry/a'], 'amd64-6.1', '`a` is a tracing program, as `b` is'],
    [['tp_btf/t', 'fexit/a'], 'amd64-6.1', '`a` is a tracing program, as `b` is'],
    [['fentry/f', 'fentry/a', 'fexit/a'], 'amd64-6.12', '2 2 2'],
    [['fmod_ret/f', 'fexit/a'], 'arm64-6.12', '2 2'],
    [['tp_btf/t', 'fexit/a'], 'arm64-7.3', '2 2'],
    [['fentry/f', 'fexit/a', 'fentry/b'], 'arm64-7.3', '`b` traces a tracing program itself'],
    [['raw_tp/t', 'fexit/a', 'fentry/b'], 'arm64-7.3', '2 2 2'],
    [['raw_tp/t', 'fexit/a', 'fentry/b', 'fexit/c'], 'arm64-7.3', '`c` traces a tracing program itself'],
    [['fentry/b', 'fentry/a'], 'arm64-7.3', 'traces a tracing program itself'],
    [['fentry/f', 'fmod_ret/a'], 'arm64-7.3', '`a` is a program'],
    [['fentry/f', 'kprobe.multi/a'], 'arm64-7.3', '`a` is a program'],
    [['raw_tp/t', 'fentry.s/a'], 'arm64-7.3', 'a is not sleepable'],
    [['fentry.s/f', 'fexit.s/a'], 'arm64-7.3', '2 2'],
    [['raw_tp/t', 'fsession/a'], 'arm64-7.3', '2 4'],
    // In place of a program: what runs that one counts its runs.
    [['raw_tp/t', 'freplace/a'], 'amd64-6.1', '2 0'],
    [['kprobe/f', 'freplace/a', 'fentry/b'], 'arm64-7.3', '2 0 2'],
    [['fmod_ret/f', 'freplace/a'], 'arm64-6.12', '2 0'],
    [['tp_btf/t', 'freplace/a'], 'amd64-7.3', '2 0'],
    [['fentry/f', 'freplace/a'], 'arm64-7.3', '`a` is of kind fentry'],
    [['fsession/f', 'freplace/a'], 'arm64-7.3', '`a` is of kind fsession'],
    [['raw_tp/t', 'freplace/a', 'freplace/b'], 'arm64-7.3', '`b` is of kind freplace'],
    [['raw_tp/t', 'freplace/a', 'freplace/a'], 'arm64-7.3', '`a` is replaced by `b`'],
    [['raw_tp/t', 'freplace/a', 'fexit/a'], 'amd64-6.1', '`a` is replaced by `b`'],
    [['raw_tp/t', 'fentry/a', 'freplace/a'], 'amd64-6.1', '`a` is traced by `b`'],
    [['raw_tp/t', 'fentry/a', 'fexit/a', 'freplace/a'], 'amd64-6.1', '`a` is traced by `b` and `c`'],
    [['raw_tp/t', 'freplace/a', 'fentry/a', 'fexit/a'], 'arm64-7.3', '`a` is replaced by `b`'],
    [['raw_tp/t', 'freplace/f'], 'arm64-7.3', '`f` is not a program'],
  ])('%s on %s', (attach, model, expected) => {
    expect(runs(attach, model, engine)).toContain(expected);
  });
});
