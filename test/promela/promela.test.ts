import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { explore } from '../../src/explore/explore.js';
import { finish, type SearchLimits } from '../../src/explore/search.js';
import { modelNamed, parseOrThrow } from '../../src/lab/environment.js';
import { scenariosOf } from '../../src/lab/run.js';
import { PROMELA_PROPERTIES, promelaModel } from '../../src/promela/model.js';
import type { SceneOptions } from '../../src/replay/scene.js';
import { formatPromela } from '../../src/report/promela.js';
import { InputError } from '../../src/text/diagnostic.js';
import { environment } from '../support/environment.js';
import { hasSpin, runSpin } from '../support/spin.js';

const LIMITS: SearchLimits = {
  maxStates: 5_000_000,
  maxSeconds: 120,
  // Only states count, so that nothing depends on how fast this machine is.
  clock: () => 0,
  isInterrupted: () => false,
};
const GUARDS = environment.guardNames;

const lab = (scenario: string, declarations = '', body = 'r0 = 0'): string => `${declarations}
function work(u64 who) {
    r0 = 0
    exit
}
program on_work : fentry/work {
    ${body}
    exit
}
scenario {
${scenario}
}
`;
const shipped = (name: string): string =>
  readFileSync(new URL(`../../programs/explore/${name}`, import.meta.url), 'utf8');

function model(text: string, options: SceneOptions = {}, scenario = 0): string {
  const ast = parseOrThrow({ name: 'it.bpf', text });
  return formatPromela(promelaModel(ast, scenariosOf(ast)[scenario]!, environment, options));
}

/** Both find the same properties broken, of those that a model can say. */
async function agree(text: string, options: SceneOptions = {}, scenario = 0): Promise<void> {
  const ast = parseOrThrow({ name: 'it.bpf', text });
  const found = finish(
    explore(ast, scenariosOf(ast)[scenario]!, environment, { ...options, verdictOnly: true }, LIMITS),
  );
  const spin = await runSpin(model(text, options, scenario));
  const ours = PROMELA_PROPERTIES.filter((p) => found.broken.includes(p));
  expect(found.completeness).toBe('complete');
  expect(spin.isComplete).toBe(true);
  expect(spin.broken).toEqual(ours);
}

const TASKS = ['A', 'B', 'C'].map((n, i) => `    task ${n} cpu 0 { call work(${i + 1}) }`);
const of = (tasks: number, ...more: readonly string[]): string =>
  lab(['    stats off', ...TASKS.slice(0, tasks), ...more].join('\n'));
const PREEMPTIBLE = { model: modelNamed('arm64-7.3-preempt-rcu') };

describe.skipIf(!hasSpin()).concurrent('SPIN and we agree', () => {
  describe.each(GUARDS)('on %s', (guardName) => {
    test('with two tasks that can be preempted', () => agree(of(2), { ...PREEMPTIBLE, guardName }));
    test('with three', () => agree(of(3), { ...PREEMPTIBLE, guardName }));
  });

  test.each(['arm64-v1', 'arm64-nested', 'generic'])('on %s with two that cannot, and an NMI', (guardName) =>
    agree(of(2, '    may nmi x 1 { call work(9) }'), { model: modelNamed('arm64-7.3'), guardName }),
  );
});

/** A guard of four bytes round some lines, as a user might write one. */
const guardOf = (enter: string, exit: string, size = 4): string => `guard mine {
    area size ${size} align ${size}
    enter {
        ${enter}
        exit
    }
    exit {
        ${exit}
        exit
    }
}`;

describe.skipIf(!hasSpin()).concurrent('SPIN and we agree on guards of the user', () => {
  const two = (guard: string, ...more: readonly string[]): string =>
    lab(['    guard mine', '    stats off', ...TASKS.slice(0, 2), ...more].join('\n'), guard);

  test('on the one to mend', () => agree(shipped('broken-guard.bpf')));

  test('on 64 bits, which need C', () =>
    agree(
      two(
        guardOf(
          `r1 = &(void __percpu *)(r1)
        r2 = *(u64 *)(r1 + 0)
        r2 += 1
        *(u64 *)(r1 + 0) = r2
        r0 = 1
        if r2 == 1 goto out
        r0 = 0
    out:`,
          `r1 = &(void __percpu *)(r1)
        r2 = -1
        lock *(u64 *)(r1 + 0) += r2`,
          8,
        ),
      ),
      PREEMPTIBLE,
    ));

  test('on bytes that are counted one by one and looked at as 64 bits', () =>
    agree(
      two(
        guardOf(
          `r6 = r1
        call interrupt_context_level
        r7 = r0
        r6 = &(void __percpu *)(r6)
        r1 = r6
        r1 += r7
        w2 = *(u8 *)(r1 + 4)
        w2 += 1
        *(u8 *)(r1 + 4) = w2
        r8 = *(u64 *)(r6 + 0)
        r7 += 4
        r7 <<= 3
        r1 = 1
        r1 <<= r7
        r0 = 1
        if r8 == r1 goto out
        r0 = 0
    out:`,
          `r6 = r1
        call interrupt_context_level
        r0 += 4
        r0 <<= 3
        r2 = 1
        r2 <<= r0
        r6 = &(void __percpu *)(r6)
        r8 = *(u64 *)(r6 + 0)
        r8 -= r2
        *(u64 *)(r6 + 0) = r8
        r8 >>= 32
        *(u32 *)(r6 + 4) = r8`,
          8,
        ),
        '    may nmi x 1 { call work(3) }',
      ),
      { model: modelNamed('arm64-7.3') },
    ));

  test('on an index that a wide store makes too large, after which nothing comes', () =>
    agree(
      two(
        guardOf(
          `r6 = &(void __percpu *)(r1)
        r7 = r6
        w2 = *(u8 *)(r6 + 0)
        r7 += r2
        w3 = *(u8 *)(r7 + 0)
        w3 += 3
        *(u8 *)(r7 + 0) = w3
        r0 = 1`,
          'r0 = 0',
        ),
      ),
      PREEMPTIBLE,
    ));

  test('on compare and exchange, and a retry without end', () =>
    agree(
      two(
        guardOf(
          `r1 = &(void __percpu *)(r1)
    again:
        w2 = *(u32 *)(r1 + 0)
        w0 = w2
        w3 = w2
        w3 += 1
        w0 = cmpxchg32_32(r1 + 0, w0, w3)
        if w0 != w2 goto again
        r0 = 1
        if w2 == 0 goto out
        r0 = 0
    out:`,
          `r1 = &(void __percpu *)(r1)
        w2 = -1
        lock *(u32 *)(r1 + 0) += w2`,
        ),
        '    may nmi x 1 { call work(3) }',
      ),
      PREEMPTIBLE,
    ));

  test('on preemption left disabled, which nobody can come in after', () =>
    agree(two(guardOf('call preempt_disable\n        r0 = 1', 'r0 = 0')), PREEMPTIBLE));

  test('on interrupts off for the update', () =>
    agree(
      two(
        guardOf(
          `r6 = &(void __percpu *)(r1)
        call local_irq_save
        r7 = r0
        w8 = *(u16 *)(r6 + 2)
        w8 += 1
        *(u16 *)(r6 + 2) = w8
        r1 = r7
        call local_irq_restore
        r0 = 1
        if w8 == 1 goto out
        r0 = 0
    out:`,
          `r6 = &(void __percpu *)(r1)
        w2 = *(u16 *)(r6 + 2)
        w2 += -1
        *(u16 *)(r6 + 2) = w2`,
        ),
        '    may hardirq x 1 { call work(3) }',
      ),
      { model: modelNamed('arm64-7.3') },
    ));
});

describe.skipIf(!hasSpin()).concurrent('SPIN and we agree on scenarios', () => {
  const guardName = 'arm64-v1';
  test('with a sleepable program where readers cannot be preempted', () =>
    agree(
      lab(TASKS.slice(0, 2).join('\n'))
        .replace('work(u64 who)', 'work(u64 who) sleepable')
        .replace('fentry/', 'fentry.s/'),
      { model: modelNamed('arm64-7.3'), guardName },
    ));

  test('with statistics, steps one after the other, and a task that waits for another', () =>
    agree(lab('    task A cpu 0 { call work(1) x 2 }\n    task B cpu 0 { join A  call work(2) }'), {
      ...PREEMPTIBLE,
      guardName,
    }));

  test('with two CPUs, and an NMI that comes on either', () =>
    agree(
      lab(
        '    cpus 2\n    stats off\n    task A cpu 0 { call work(1) }\n    task B cpu 1 { call work(2) }\n    may nmi x 1 { call work(3) }',
      ),
      { model: modelNamed('arm64-7.3'), guardName: 'arm64-nested' },
    ));

  test('with a byte that counts 256, from a state that is given', () =>
    agree(shipped('u8-wrap.bpf'), { guardName: 'arm64' }));

  test('with preempt_count in the CPU, as x86 has it', () =>
    agree(of(2, '    may hardirq x 1 { call work(3) }'), {
      model: modelNamed('amd64-7.3'),
      guardName: 'arm64',
    }));

  test('with tasks that wait for each other for ever', () =>
    agree(
      lab(
        '    stats off\n    task A cpu 0 { join B  call work(1) }\n    task B cpu 0 { join A  call work(2) }',
      ),
      { ...PREEMPTIBLE, guardName },
    ));

  test('one property alone', async () => {
    const text = model(of(2), { ...PREEMPTIBLE, guardName });
    expect((await runSpin(text, ['progress'])).broken).toEqual(['progress']);
  });
});

test.skipIf(!hasSpin())('a model with a wrong instruction comes to another verdict', async () => {
  const right = model(of(2), { ...PREEMPTIBLE, guardName: 'arm64' });
  const wrong = right.replace(/r8_4 == r1_4/, 'r8_4 != r1_4');
  expect(wrong).not.toBe(right);
  expect((await runSpin(wrong)).broken).toContain('admits_alone');
});

describe('what cannot be expressed in Promela is an error with the instruction', () => {
  const refused = (lab: string): { code: string; message: string; at: string; notes: readonly string[] } => {
    try {
      model(lab, PREEMPTIBLE);
    } catch (e) {
      if (!(e instanceof InputError)) throw e;
      const { code, message, span, notes } = e.diagnostics[0]!;
      const at = span?.source.text.slice(span.start, span.end) ?? '';
      return { code, message, at, notes: notes ?? [] };
    }
    throw new Error('it was not refused');
  };
  const guarded = (enter: string, declarations = ''): string =>
    lab(`    guard mine\n${TASKS[0]}`, `${declarations}\n${guardOf(enter, 'r0 = 0')}`);

  test.each([
    [
      'a helper that is TypeScript',
      'r1 = h ll\n r2 = r10\n r2 += -4\n *(u32 *)(r10 - 4) = 0\n call bpf_map_delete_elem\n r0 = 1',
      'map h : hash { key 4, value 4, max_entries 1 }',
      /has no model/,
    ],
    [
      'an address read from memory that changes',
      'r1 = where ll\n r2 = *(u64 *)(r1 + 0)\n r2 += 1\n *(u64 *)(r1 + 0) = r2\n r0 = *(u64 *)(r2 + 0)',
      'global where : u64',
      /its address/,
    ],
    [
      'a register that holds nothing',
      'call preempt_disable\n if r3 == 0 goto out\n r0 = 1\n out:',
      '',
      /decided by/,
    ],
    ['a loop without end', 'again:\n goto again', '', /without end/],
    [
      'an access outside',
      'r1 = &(void __percpu *)(r1)\n r2 = 64\n r1 += r2\n w0 = *(u32 *)(r1 + 0)',
      '',
      /not there/,
    ],
  ])('%s', (_, enter, declarations, why) => {
    const { code, message, at, notes } = refused(guarded(enter, declarations));
    expect(code).toBe('B0413');
    expect(message).toMatch(why);
    const lines = enter.split('\n').map((l) => l.trim());
    expect([at, ...notes].some((t) => lines.some((l) => t.includes(l)))).toBe(true);
  });

  test('what a program returns, where that decides', () => {
    const text = lab(TASKS[0]!).replace('program on_work : fentry/work', 'program on_work : fmod_ret/work');
    expect(refused(text.replace('work(u64 who)', 'work(u64 who) fmod_ret')).message).toMatch(
      /what a program returns/,
    );
  });
});

test('programs of a lab are left out, and said to be', () => {
  const text = model(of(1), { guardName: 'arm64' });
  expect(text).toContain('the bodies of on_work, of which only the admission is there');
  expect(text).toMatch(/Written but deciding nothing, .*bpf_ctx/);
  expect(text).toContain('spin -a MODEL.pml && cc -O2 -fwrapv -DSAFETY -o pan pan.c && ./pan');
});
