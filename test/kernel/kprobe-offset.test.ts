import { describe, expect, test } from 'vitest';
import { ARCH_NAMES, type Arch } from '../../src/kernel/model.js';
import { modelNamed, parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { InputError } from '../../src/text/diagnostic.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';

const run = (text: string, model: string, engine?: (typeof ENGINES)[number][1]) => {
  const lab = parseOrThrow({ name: 'offset.bpf', text });
  return runScenario(lab, scenariosOf(lab)[0]!, environment, {
    ...(engine && { engine }),
    model: modelNamed(model),
  });
};

const failures = (result: ReturnType<typeof run>): readonly string[] =>
  result.expects.filter((e) => !e.passed).flatMap((e) => e.found);

/** Where the JIT compiler of an architecture has r0 to r9, as struct pt_regs lays them out; written down here once more by name. */
const SAVED: Readonly<Record<Arch, readonly number[]>> = {
  arm64: [7, 0, 1, 2, 3, 4, 19, 20, 21, 22].map((n) => 8 * n),
  amd64: ['ax', 'di', 'si', 'dx', 'cx', 'r8', 'bx', 'r13', 'r14', 'r15'].map(
    (name) =>
      8 *
      'r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss'.split(' ').indexOf(name),
  ),
};

/** Keeps what the context has of r0 to r9. */
const keep = (arch: Arch): string =>
  `${SAVED[arch].map((at, n) => `r2 = *(u64 *)(r1 + ${at})\nr3 = seen ll\n*(u64 *)(r3 + ${8 * n}) = r2`).join('\n')}
r0 = 0
exit`;

describe.each(ENGINES)('on %s', (_, engine) => {
  test.each(Object.keys(ARCH_NAMES) as Arch[])(
    'registers are as the function has them there, on %s',
    (arch) => {
      const text = `global seen : u64[10]
function f(u64 a, u64 b) {
    r6 = 66
    r9 = 1234567890123 ll
    r2 += 1
    if r1 != 7 goto 1f
    r8 = 88
1:
    r0 = 5
    r0 += r2
    exit
}
program p : kprobe/f+56 {
${keep(arch)}
}
scenario {
    cpu 0 { call f(7, 20) }
    expect p.run_cnt == 1
${[5, 7, 21, 0, 0, 0, 66, 0, 0, 1234567890123].map((n, i) => `    expect seen[${i}] == ${n}`).join('\n')}
}
`;
      expect(failures(run(text, `${arch}-7.3`, engine))).toEqual([]);
    },
  );

  test('the function goes on with what it had: a large frame, seven arguments, a jump back, a call', () => {
    const text = `global got : u64
function twice(u64 a) notrace {
    r0 = r1
    r0 += r1
    exit
}
function f(u64 a, u64 b, u64 c, u64 d, u64 e, u64 g, u64 h) {
    r0 = *(u64 *)(r11 + 8)
    *(u64 *)(r10 - 512) = r1
    r0 += r5
    *(u64 *)(r10 - 8) = r0
    r6 = 3
again:
    r6 += -1
    if r6 != 0 goto again
    r1 = *(u64 *)(r10 - 512)
    call twice
    r1 = *(u64 *)(r10 - 8)
    r0 += r1
    r1 = got ll
    *(u64 *)(r1 + 0) = r0
    exit
}
global hits : u64
program p : kprobe/f+40 {
    r1 = hits ll
    r2 = 1
    lock *(u64 *)(r1 + 0) += r2
    r0 = 0
    exit
}
scenario {
    attach p to kprobe/f+40, p to kprobe/f+8, p to kprobe/f+48
    cpu 0 { call f(1000, 2, 3, 4, 5, 6, 70) }
    expect got == 2075
    expect hits == 7
}
`;
    expect(failures(run(text, 'amd64-6.12', engine))).toEqual([]);
  });

  test('between the programs of a trampoline and in front of the return, attached and detached by actions', () => {
    const note = (n: number): string =>
      `r2 = log ll\nr3 = *(u64 *)(r2 + 0)\nr3 *= 10\nr3 += ${n}\n*(u64 *)(r2 + 0) = r3\nr0 = 0\nexit`;
    const text = `global log : u64
function f(u64 a) {
    r0 = 1
    r0 += 1
    exit
}
program e : fentry/f {
${note(1)}
}
program x : fexit/f {
${note(2)}
}
program m : kprobe.multi/f {
${note(3)}
}
program k : kprobe/f+16 {
${note(4)}
}
program v : kretprobe/f {
${note(5)}
}
scenario {
    attach e, x, m, v
    cpu 0 { attach k  call f(1)  detach k  call f(1)  attach k to kprobe/f+8  call f(1) }
    expect log == 31425312531425
}
`;
    expect(failures(run(text, 'arm64-7.3', engine))).toEqual([]);
  });

  test('a place in the function is where it is carried out', () => {
    const text = `global hits : u64
function f(u64 a) {
    r0 = 1
    r0 += 1
    r0 += 1
    exit
}
function g() {
    r1 = hits ll
    r2 = 1
    lock *(u64 *)(r1 + 0) += r2
    r0 = 0
    exit
}
program k : kprobe/f+16 {
    r0 = 0
    exit
}
scenario {
    cpu 0 { call f(1) }
    at f+1 nmi { call g() }
    at f+2 nmi { call g() }
    at f+3 nmi { call g() }
    expect hits == 3
    expect k.run_cnt == 1
}
`;
    expect(failures(run(text, 'arm64-7.3', engine))).toEqual([]);
  });
});

describe('what is refused', () => {
  const refusal = (attach: string, model = 'arm64-7.3'): string => {
    const text = `function f(u64 a) {
    r0 = 5 ll
    exit
}
program p : ${attach} {
    r0 = 0
    exit
}
scenario { cpu 0 { call f(1) } }
`;
    try {
      run(text, model);
    } catch (e) {
      if (e instanceof InputError) {
        const [d] = e.diagnostics;
        return [d!.message, d!.help ?? '', ...(d!.notes ?? [])].join('; ');
      }
      throw e;
    }
    return 'nothing';
  };

  test.each([
    ['kprobe/f+0', 'nothing'],
    ['kprobe/f+16', 'nothing'],
    ['kprobe/f+020', 'nothing'],
    ['kprobe:f+0x10', 'nothing'],
    [
      'kprobe/f+8',
      '`f+8` is in the middle of an instruction; write `f` or `f+16`: an instruction has 8 bytes, a 64-bit load 16; the kernel answers -EINVAL',
    ],
    ['kprobe/f+3', expect.stringContaining('`f+3` is in the middle')],
    ['kprobe/f+24', '24 bytes is outside `f`, which has 24; its last instruction is `f+16`'],
    ['kprobe/f+99999999', expect.stringContaining('outside `f`')],
    ['kprobe/f+', '`+` is not an offset; write `kprobe/f+8`: bytes, 8 for each slot'],
    ['kprobe/f+x', '`+x` is not an offset; write `kprobe/f+8`: bytes, 8 for each slot'],
    ['kprobe/f+08', expect.stringContaining('not an offset')],
    [
      'kretprobe/f+16',
      'a program of kind kretprobe cannot be in the middle of `f`; only a kprobe can: write `kretprobe/f`',
    ],
    ['fentry/f+16', expect.stringContaining('cannot be in the middle of `f`')],
    ['kprobe/g+16', expect.stringContaining('there is no function `g`')],
  ])('%s', (attach, said) => {
    expect(refusal(attach)).toEqual(said);
  });

  test('as the architecture answers', () => {
    expect(refusal('kprobe/f+8', 'amd64-7.3')).toContain('the kernel answers -EILSEQ');
  });
});

test.each(['arm64-7.3', 'amd64-7.3', 'amd64-6.1'])(
  'interrupts are off at it, and on again afterwards, on %s',
  (model) => {
    const text = `global seen : u64
global before : u64 = 7
function f() {
    r0 = 1
    r0 = 2
    r0 = 3
    exit
}
function note() {
    r1 = seen ll
    r2 = 1
    lock *(u64 *)(r1 + 0) += r2
    r0 = 0
    exit
}
program p : kprobe/f+8 {
    r1 = seen ll
    r2 = *(u64 *)(r1 + 0)
    r1 = before ll
    *(u64 *)(r1 + 0) = r2
    r0 = 0
    exit
}
scenario {
    cpu 0 { call f() }
    at p+0 hardirq { call note() }
    expect p.run_cnt == 1
    expect before == 0 && seen == 1
}`;
    expect(failures(run(text, model))).toEqual([]);
  },
);
