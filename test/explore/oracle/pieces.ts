// Longer than most: everything that functions of random labs are made of, a method each.
import type { Random } from '../../fuzz/random.js';
import { type Piece, piece } from './draft.js';
import type { Read, Section, Theme, Write } from './themes.js';

/**
 * What functions of random labs are made of. Registers: r6 the words `w`, r9 the places `s` that results go to, r7 the
 * value read last, r8 the saved interrupt flag, all others scratch.
 */
export type Place =
  /** A word of `w`, which all share. */
  | { readonly kind: 'word'; readonly n: number }
  /** This CPU's `c`. */
  | { readonly kind: 'percpu' }
  /** The value of an element of the map `m`. */
  | { readonly kind: 'map'; readonly key: number };

export const HEAD = ['    r6 = w ll', '    r9 = s ll', '    r7 = 0'] as const;
/** The word that addresses are published in. */
const POINTER = 3;

const SIZES = ['u8', 'u16', 'u32', 'u64', 'u64', 'u64', 'u64', 'u64'] as const;
const small = (size: string): boolean => size !== 'u64';

/** How often what is used where a theme does not say. */
const USUAL = {
  reads: ['load', 'load', 'load', 'acquire', 'fetch', 'fetch', 'probe', 'probe', 'signed', 'cmpxchg', 'xchg'],
  writes: [
    'add',
    'add',
    'add',
    'add',
    'imm',
    'imm',
    'reg',
    'release',
    'rmw',
    'rmw',
    'logic',
    'leaf',
    'twice',
  ],
  sections: ['preempt', 'preempt', 'irq', 'irq', 'bh', 'rcu'],
} as const;

export class Pieces {
  readonly random: Random;
  readonly #reads: readonly Read[];
  readonly #writes: readonly Write[];
  readonly #sections: readonly Section[];
  #labels = 0;

  constructor(random: Random, { reads, writes, sections }: Pick<Theme, 'reads' | 'writes' | 'sections'>) {
    this.random = random;
    this.#reads = reads ?? USUAL.reads;
    this.#writes = writes ?? USUAL.writes;
    this.#sections = sections ?? USUAL.sections;
  }

  label(): string {
    this.#labels += 1;
    return `l${this.#labels}`;
  }

  /** Lines round `use`, which gets the register and the offset at which a place is reached. */
  #at(place: Place, use: (reg: string, off: number) => readonly string[]): readonly string[] {
    switch (place.kind) {
      case 'word':
        return use('r6', 8 * place.n);
      case 'percpu':
        return ['    r5 = c ll', '    r5 = &(void __percpu *)(r5)', ...use('r5', 0)];
      case 'map': {
        const skip = this.label();
        return [
          `    *(u32 *)(r10 - 4) = ${place.key}`,
          '    r1 = m ll',
          '    r2 = r10',
          '    r2 += -4',
          '    call bpf_map_lookup_elem',
          `    if r0 == 0 goto ${skip}`,
          '    r5 = r0',
          ...use('r5', 0),
          `${skip}:`,
        ];
      }
      default:
        return place satisfies never;
    }
  }

  #address(reg: string, base: string, off: number): string[] {
    return off === 0 ? [`    ${reg} = ${base}`] : [`    ${reg} = ${base}`, `    ${reg} += ${off}`];
  }

  /** Reads a place into r7, in any of the ways there are. */
  read(place: Place): Piece {
    const { random } = this;
    const way = random.of(this.#reads);
    return piece(...this.#at(place, (reg, off) => this.#readBy(way, reg, off)));
  }

  #readBy(way: Read, reg: string, off: number): readonly string[] {
    const { random } = this;
    const size = random.of(SIZES);
    const r = small(size) ? 'w7' : 'r7';
    const c = random.between(0, 2);
    const at = `(${reg} + ${off})`;
    switch (way) {
      case 'load':
        return [`    ${r} = *(${size} *)${at}`];
      case 'acquire':
        return [`    ${r} = load_acquire((${size} *)${at})`];
      case 'signed':
        return [`    r7 = *(s${random.of([8, 16, 32])} *)${at}`];
      case 'probe':
        return [
          ...this.#address('r3', reg, off),
          '    r1 = r10',
          '    r1 += -16',
          '    r2 = 8',
          '    call bpf_probe_read_kernel',
          '    r7 = *(u64 *)(r10 - 16)',
        ];
      case 'fetch': {
        const by = random.of(['add', 'add', 'or', 'and', 'xor']);
        return random.chance(75)
          ? [`    r7 = ${c}`, `    r7 = atomic_fetch_${by}((u64 *)${at}, r7)`]
          : [`    w7 = ${c}`, `    w7 = atomic_fetch_${by}((u32 *)${at}, w7)`];
      }
      case 'xchg':
        return [`    r7 = ${c}`, `    r7 = xchg_64(${reg} + ${off}, r7)`];
      case 'cmpxchg':
        return [
          `    r0 = ${random.between(0, 1)}`,
          `    r1 = ${random.between(1, 3)}`,
          `    r0 = cmpxchg_64(${reg} + ${off}, r0, r1)`,
          '    r7 = r0',
        ];
      default:
        return way satisfies never;
    }
  }

  /** Adds to a place without learning what it was. */
  add(place: Place): Piece {
    const { random } = this;
    const n = random.of([1, 1, 1, 2, 3, -1]);
    if (place.kind === 'percpu' && random.chance(60))
      return piece('    r1 = c ll', `    r2 = ${n}`, '    this_cpu *(u64 *)(r1 + 0) += r2');
    const lines = this.#at(place, (reg, off) =>
      random.chance(15)
        ? [`    w1 = ${n}`, `    lock *(u32 *)(${reg} + ${off}) += w1`]
        : [`    r1 = ${n}`, `    lock *(u64 *)(${reg} + ${off}) += r1`],
    );
    return piece(...lines);
  }

  /** Writes a place in any of the ways there are. */
  write(place: Place): Piece {
    const way = this.random.of(this.#writes);
    return way === 'add'
      ? this.add(place)
      : piece(...this.#at(place, (reg, off) => this.#writeBy(way, reg, off)));
  }

  #writeBy(way: Exclude<Write, 'add'>, reg: string, off: number): readonly string[] {
    const { random } = this;
    const c = random.between(0, 3);
    const size = random.of(SIZES);
    const r = small(size) ? 'w7' : 'r7';
    const at = `(${reg} + ${off})`;
    switch (way) {
      case 'imm':
        return [`    *(${size} *)${at} = ${c}`];
      case 'reg':
        return [`    *(${size} *)${at} = ${r}`];
      case 'release':
        return [`    store_release((${size} *)${at}, ${r})`];
      case 'rmw':
        return [`    r1 = *(u64 *)${at}`, `    r1 += ${c + 1}`, `    *(u64 *)${at} = r1`];
      case 'logic':
        return [`    r1 = ${c}`, `    lock *(u64 *)${at} ${random.of(['|=', '&=', '^='])} r1`];
      case 'leaf':
        return [
          ...this.#address('r1', reg, off),
          '    r3 = r10',
          '    r3 += -24',
          `    *(u64 *)(r10 - 24) = ${c}`,
          '    r2 = 8',
          '    call bpf_probe_read_kernel',
        ];
      case 'twice':
        return [`    *(${size} *)${at} = ${c + 1}`, `    *(${size} *)${at} = ${random.between(0, 1)}`];
      default:
        return way satisfies never;
    }
  }

  /** Puts what was read last where it is observed. */
  sink(): Piece {
    const { random } = this;
    const off = 8 * random.between(0, 1);
    return random.of([
      piece(`    *(u64 *)(r9 + ${off}) = r7`),
      piece(`    *(u64 *)(r9 + ${off}) = r7`),
      piece(`    *(u32 *)(r9 + ${off}) = w7`),
      piece(`    lock *(u64 *)(r9 + ${off}) += r7`),
      piece(`    store_release((u64 *)(r9 + ${off}), r7)`),
      piece(`    r1 = *(u64 *)(r9 + ${off})`, '    r1 += r7', `    *(u64 *)(r9 + ${off}) = r1`),
      piece('    r7 &= 3', `    if r7 == ${random.between(0, 3)} goto +1`, `    *(u64 *)(r9 + ${off}) = 9`),
    ]);
  }

  /** Goes on only where a word is, or is not, something: to `to`, or over what is inside. */
  gate(place: Place, to: string | undefined, inside: readonly Piece[] = []): Piece {
    const { random } = this;
    const target = to ?? this.label();
    const test = random.of(['== 0', '== 0', '== 0', '== 0', '!= 1', '!= 1', '!= 0', '== 2', '> 1']);
    const load = random.of([
      (reg: string, off: number) => [`    r1 = *(u64 *)(${reg} + ${off})`],
      (reg: string, off: number) => [`    r1 = *(u64 *)(${reg} + ${off})`],
      (reg: string, off: number) => [`    r1 = load_acquire((u64 *)(${reg} + ${off}))`],
      (reg: string, off: number) => ['    r1 = 0', `    r1 = atomic_fetch_add((u64 *)(${reg} + ${off}), r1)`],
    ]);
    const lines = this.#at(place, (reg, off) => [...load(reg, off), `    if r1 ${test} goto ${target}`]);
    return { before: lines, inside, after: to === undefined ? [`${target}:`] : [] };
  }

  /** A word that is something else for a while only. */
  pulse(place: Place, inside: readonly Piece[]): Piece {
    const { random } = this;
    const set = (c: number): readonly string[] =>
      this.#at(place, (reg, off) =>
        random.of([
          [`    *(u64 *)(${reg} + ${off}) = ${c}`],
          [`    *(u64 *)(${reg} + ${off}) = ${c}`],
          [`    r1 = ${c}`, `    store_release((u64 *)(${reg} + ${off}), r1)`],
          [`    r1 = ${c}`, `    r1 = xchg_64(${reg} + ${off}, r1)`],
        ]),
      );
    return { before: set(random.of([1, 1, 1, 2])), inside, after: set(0) };
  }

  set(place: Place): Piece {
    return piece(...this.#at(place, (reg, off) => [`    *(u64 *)(${reg} + ${off}) = 1`]));
  }

  /** Waits for a word to be something. */
  spin(place: Place): Piece {
    const again = this.label();
    const lines = this.#at(place, (reg, off) => [
      `${again}:`,
      `    r1 = *(u64 *)(${reg} + ${off})`,
      `    if r1 == 0 goto ${again}`,
    ]);
    return piece(...lines);
  }

  /** Something inside which others are kept away. */
  section(inside: readonly Piece[]): Piece {
    const { random } = this;
    switch (random.of(this.#sections)) {
      case 'preempt':
        return { before: ['    call preempt_disable'], inside, after: ['    call preempt_enable'] };
      case 'bh':
        return { before: ['    call local_bh_disable'], inside, after: ['    call local_bh_enable'] };
      case 'rcu':
        return { before: ['    call rcu_read_lock'], inside, after: ['    call rcu_read_unlock'] };
      default:
        return {
          before: ['    call local_irq_save', '    r8 = r0'],
          inside,
          after: ['    r1 = r8', '    call local_irq_restore'],
        };
    }
  }

  /** Lets others know an address, for a while or for good. */
  publish(inside: readonly Piece[]): Piece {
    const { random } = this;
    const at = `*(u64 *)(r6 + ${8 * POINTER})`;
    const after = random.chance(60) ? [`    ${at} = 0`] : [];
    switch (random.of(['stack', 'stack', 'word', 'map', 'percpu'])) {
      case 'stack':
        return {
          before: [`    *(u64 *)(r10 - 8) = ${random.between(4, 7)}`, `    ${at} = r10`],
          inside,
          after,
        };
      case 'word':
        return {
          before: [...this.#address('r1', 'r6', 8 * random.between(1, 2)), `    ${at} = r1`],
          inside,
          after,
        };
      case 'percpu':
        return {
          before: ['    r1 = c ll', '    r1 = &(void __percpu *)(r1)', `    ${at} = r1`],
          inside,
          after,
        };
      default:
        return {
          before: [...this.#at({ kind: 'map', key: random.between(0, 1) }, (reg) => [`    ${at} = ${reg}`])],
          inside,
          after,
        };
    }
  }

  /** Goes to where an address leads that another has published, itself or by a helper. */
  follow(): Piece {
    const { random } = this;
    const skip = this.label();
    const off = random.of([0, 0, -8]);
    const begin = [`    r3 = *(u64 *)(r6 + ${8 * POINTER})`, `    if r3 == 0 goto ${skip}`];
    const moved = off === 0 ? [] : [`    r3 += ${off}`];
    const end = `${skip}:`;
    switch (random.of(['probe', 'probe', 'probe', 'update', 'output', 'load', 'store', 'add', 'fill'])) {
      case 'probe':
        return piece(
          ...begin,
          ...moved,
          '    r1 = r10',
          '    r1 += -16',
          '    r2 = 8',
          '    call bpf_probe_read_kernel',
          '    r7 = *(u64 *)(r10 - 16)',
          end,
        );
      case 'fill':
        return piece(
          ...begin,
          ...moved,
          '    r1 = r3',
          '    r3 = r6',
          '    r2 = 8',
          '    call bpf_probe_read_kernel',
          end,
        );
      case 'update':
        return piece(
          ...begin,
          ...moved,
          '    *(u32 *)(r10 - 4) = 0',
          '    r1 = m ll',
          '    r2 = r10',
          '    r2 += -4',
          '    r4 = 0',
          '    call bpf_map_update_elem',
          end,
        );
      case 'output':
        return piece(
          ...begin,
          ...moved,
          '    r1 = rb ll',
          '    r2 = r3',
          '    r3 = 8',
          '    r4 = 0',
          '    call bpf_ringbuf_output',
          end,
        );
      case 'load':
        return piece(...begin, ...moved, '    r7 = *(u64 *)(r3 + 0)', end);
      case 'store':
        return piece(...begin, ...moved, `    *(u64 *)(r3 + 0) = ${random.between(1, 3)}`, end);
      default:
        return piece(...begin, ...moved, '    r1 = 1', '    lock *(u64 *)(r3 + 0) += r1', end);
    }
  }

  /** An operation on a map or a ring buffer. */
  table(): Piece {
    const { random } = this;
    const key = random.between(0, 1);
    const named = [`    *(u32 *)(r10 - 4) = ${key}`, '    r1 = m ll', '    r2 = r10', '    r2 += -4'];
    switch (random.of(['update', 'update', 'word', 'delete', 'output', 'word output', 'reserve'])) {
      case 'update':
        return piece(
          '    *(u64 *)(r10 - 16) = r7',
          ...named,
          '    r3 = r10',
          '    r3 += -16',
          `    r4 = ${random.of([0, 0, 1, 2])}`,
          '    call bpf_map_update_elem',
          ...(random.chance(40) ? ['    r7 = r0'] : []),
        );
      case 'word':
        return piece(
          ...named,
          ...this.#address('r3', 'r6', 8 * random.between(0, 2)),
          '    r4 = 0',
          '    call bpf_map_update_elem',
        );
      case 'delete':
        return piece(...named, '    call bpf_map_delete_elem', '    r7 = r0');
      case 'output':
        return piece(
          '    *(u64 *)(r10 - 16) = r7',
          '    r1 = rb ll',
          '    r2 = r10',
          '    r2 += -16',
          '    r3 = 8',
          '    r4 = 0',
          '    call bpf_ringbuf_output',
        );
      case 'word output':
        return piece(
          '    r1 = rb ll',
          ...this.#address('r2', 'r6', 8 * random.between(0, 2)),
          '    r3 = 8',
          '    r4 = 0',
          '    call bpf_ringbuf_output',
        );
      default: {
        const skip = this.label();
        return piece(
          '    r1 = rb ll',
          '    r2 = 8',
          '    r3 = 0',
          '    call bpf_ringbuf_reserve',
          `    if r0 == 0 goto ${skip}`,
          '    *(u64 *)(r0 + 0) = r7',
          '    r1 = r0',
          '    r2 = 0',
          `    call ${random.of(['bpf_ringbuf_submit', 'bpf_ringbuf_submit', 'bpf_ringbuf_discard'])}`,
          `${skip}:`,
        );
      }
    }
  }

  /** Asks the kernel something that depends on who asks, and where. */
  ask(): Piece {
    return this.random.of([
      piece('    call bpf_get_current_pid_tgid', '    r7 = r0', '    r7 &= 0xff'),
      piece('    call bpf_get_current_pid_tgid', '    r7 = r0', '    r7 &= 0xff'),
      piece('    call bpf_get_smp_processor_id', '    r7 = r0'),
      piece('    call preempt_count', '    r7 = r0', '    r7 &= 0x3ff'),
      piece('    call preempt_count', '    r7 = r0', '    r7 &= 0x3ff'),
      piece('    call interrupt_context_level', '    r7 = r0'),
    ]);
  }

  /** Calls a function of the lab, which may leave any register as it finds it. */
  sub(): Piece {
    const { random } = this;
    return piece(
      ...random.of([
        ['    r1 = r7'],
        [`    r1 = ${random.between(0, 2)}`],
        ['    r2 = r7', '    r1 = 1'],
        ['    r0 = r7', '    r1 = r7'],
      ]),
      random.chance(80) ? '    call sub' : '    r4 = sub ll\n    callx r4',
      ...random.of([['    r7 = r0'], ['    r7 = r0'], ['    r7 += r0'], []]),
    );
  }

  /** What `sub` does. It may find in r6 to r9 and r0 what its caller has in them. */
  subBody(): Piece[] {
    const { random } = this;
    const n = 8 * random.between(0, 2);
    const first = random.of([
      piece('    r6 = w ll', `    r0 = *(u64 *)(r6 + ${n})`),
      piece('    r6 = w ll', '    r3 = 1', `    lock *(u64 *)(r6 + ${n}) += r3`),
      piece('    r3 = w ll', `    *(u64 *)(r3 + ${n}) = r1`),
      piece('    r3 = w ll', `    r0 = r1`, `    r0 = xchg_64(r3 + ${n}, r0)`),
      piece('    r0 = r7', '    r0 += 1'),
      piece('    if r1 == 0 goto out', '    r0 = r1', '    r0 += 1'),
    ]);
    return [first, ...(random.chance(30) ? [piece('    r0 += r7')] : [])];
  }

  /** Copies from user space, waiting for the page where that is missing. */
  copy(): Piece {
    const { random } = this;
    return piece(
      '    r1 = r10',
      '    r1 += -16',
      '    r2 = 8',
      '    r3 = ua ll',
      '    r3 = *(u64 *)(r3 + 0)',
      `    call ${random.of(['bpf_copy_from_user', 'bpf_copy_from_user', 'bpf_probe_read_user'])}`,
      ...(random.chance(70) ? ['    r7 = *(u64 *)(r10 - 16)'] : ['    r7 = r0']),
    );
  }

  /** Goes on as a program, if there is one. */
  tail(): Piece {
    return piece('    r1 = r10', '    r2 = pa ll', '    r3 = 0', '    call bpf_tail_call', '    r7 = 8');
  }
}
