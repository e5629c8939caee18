import type { Random } from '../../fuzz/random.js';
import { type Draft, type Piece, piece } from './draft.js';

type Part = Draft['parts'][number];

/** A guard, a program under it, and a function that does what a trampoline does round a program. */
export interface Guards {
  readonly name: string;
  readonly parts: readonly Part[];
}

export const guardedCall = (): Piece => piece('    call instance');

const SHIPPED = ['arm64', 'arm64-v1', 'arm64-nested', 'generic', 'x86', 'none'] as const;

/** A guard of a few instructions: a count, by an atomic operation or not, with or without something switched off. */
function ownGuard(random: Random): Part {
  const size = random.of(['u32', 'u8']);
  const off = random.of(['', '', 'preempt', 'irq']);
  const held = random.chance(25);
  const isAtomic = size === 'u32' && random.chance(30);
  const mask = off === 'irq' ? ['    call local_irq_save', '    r9 = r0'] : ['    call preempt_disable'];
  const unmask = off === 'irq' ? ['    r1 = r9', '    call local_irq_restore'] : ['    call preempt_enable'];
  const on = (yes: boolean, lines: readonly string[]): readonly string[] => (yes && off !== '' ? lines : []);
  const change = (n: number): string[] =>
    isAtomic
      ? [`    w2 = ${n}`, '    w2 = atomic_fetch_add((u32 *)(r6 + 0), w2)', `    w2 += ${n}`]
      : [`    w2 = *(${size} *)(r6 + 0)`, `    w2 += ${n}`, `    *(${size} *)(r6 + 0) = w2`];
  const isHeld = held && off === 'preempt';
  const again = !isAtomic && random.chance(40) ? [`    w2 = *(${size} *)(r6 + 0)`] : [];
  const head = ['    r6 = r1', '    r6 = &(void __percpu *)(r6)'];
  return {
    head: ['guard own {', '    area size 4 align 4', '    enter {', ...head],
    pieces: [
      piece(
        ...on(true, mask),
        ...change(1),
        ...again,
        '    r7 = 1',
        '    if w2 == 1 goto in',
        '    r7 = 0',
        'in:',
        ...on(!isHeld, unmask),
      ),
    ],
    tail: [
      '    r0 = r7',
      '    exit',
      '    }',
      '    exit {',
      ...head,
      ...on(!isHeld, mask),
      ...change(-1),
      ...on(true, unmask),
      '    exit',
      '    }',
      '}',
    ],
  };
}

/** `inside` is what an admitted instance does. */
export function guardParts(random: Random, inside: Piece): Guards {
  const isOwn = random.chance(60);
  const isWhole = random.chance(25);
  const program: Part = {
    head: ['program p : fentry/traced {', '    r6 = w ll', '    r9 = s ll'],
    pieces: [
      random.of([
        piece('    r1 = 1', '    lock *(u64 *)(r6 + 0) += r1'),
        piece('    r1 = *(u64 *)(r6 + 0)', '    r1 += 1', '    *(u64 *)(r6 + 0) = r1'),
        piece('    r1 = *(u64 *)(r6 + 8)', '    *(u64 *)(r9 + 0) = r1'),
        piece('    *(u64 *)(r6 + 8) = 1', '    *(u64 *)(r6 + 8) = 0'),
      ]),
    ],
    tail: ['out:', '    r0 = 0', '    exit', '}'],
  };
  const traced: Part = { head: ['function traced() {'], pieces: [], tail: ['    r0 = 0', '    exit', '}'] };
  const call: Part = {
    head: [
      'function instance(u64 who) notrace {',
      '    r6 = w ll',
      '    r9 = s ll',
      '    r7 = 0',
      '    r1 = p$prog ll',
      '    call bpf_prog_get_recursion_context',
      '    if r0 == 0 goto out',
    ],
    pieces: [inside],
    tail: [
      'out:',
      '    r1 = p$prog ll',
      '    call bpf_prog_put_recursion_context',
      '    r0 = 0',
      '    exit',
      '}',
    ],
  };
  const whole: Part = {
    head: ['function instance(u64 who) notrace {', '    call traced'],
    pieces: [],
    tail: ['    r0 = 0', '    exit', '}'],
  };
  return {
    name: isOwn ? 'own' : random.of(SHIPPED),
    parts: [...(isOwn ? [ownGuard(random)] : []), traced, program, isWhole ? whole : call],
  };
}
