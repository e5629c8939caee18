import type { Random } from './random.js';
import { anyStep, changeLine, type FunctionName, functionLines } from './verified-steps.js';

/** Bytes of the values that the maps have; sizes that accesses are near to. */
const VALUE = 48;
const SIZES = [1, 2, 4, 8] as const;

/** Maps of the labs, in the language of labs. */
export const MAPS = `map array : array { key 4, value ${VALUE}, max_entries 4 }
map hash : hash { key 8, value ${VALUE}, max_entries 8 }
map percpu : percpu_array { key 4, value ${VALUE}, max_entries 2 }
map small : hash { key 8, value 16, max_entries 2 }
map ring : ringbuf { max_entries 4096 }
global word : u64
`;

/** What a register holds, as far as it is worth to know where programs are made that a verifier is undecided about. */
type Holds = 'nothing' | 'number' | 'value' | 'record' | 'stack';

const ALU = ['+=', '-=', '*=', '&=', '|=', '^=', '<<=', '>>=', 's>>=', '/=', '%=', 's/=', 's%='] as const;
const COMPARISONS = ['==', '!=', '>', '>=', '<', '<=', 's>', 's>=', 's<', 's<=', '&'] as const;

/**
 * A program at the border of what is accepted: numbers are computed in all ways, compared with bounds that are right or wrong by a little, and
 * used as offsets into values, records and the stack; checks are mostly there.
 */
export class Maker {
  readonly #random: Random;
  readonly #lines: string[] = [];
  readonly #holds: Holds[] = Array.from({ length: 10 }, () => 'nothing');
  #labels = 0;
  #calls = false;
  readonly #functions = new Set<FunctionName>();

  constructor(random: Random) {
    this.#random = random;
  }

  #emit(...lines: string[]): void {
    this.#lines.push(...lines.map((line) => `    ${line}`));
  }

  #label(): string {
    this.#labels += 1;
    return `l${this.#labels}`;
  }

  /** A callee-saved register that holds something, mostly. */
  #register(holds: Holds): number {
    const some = [6, 7, 8, 9].filter((r) => this.#holds[r] === holds);
    return some.length === 0 || this.#random.chance(2) ? this.#random.between(6, 9) : this.#random.of(some);
  }

  #set(register: number, holds: Holds): void {
    this.#holds[register] = holds;
  }

  #size(): number {
    return this.#random.of(SIZES);
  }

  /** An offset at which an access of a size ends at the end, or is wrong by a little now and then. */
  #offset(end: number, size: number): number {
    const random = this.#random;
    if (random.chance(5)) return random.between(-9, end + 9);
    const most = end - size;
    return random.chance(60) ? most - (most % size) : random.between(0, most >> 3) * 8;
  }

  #number(): number {
    return this.#random.chance(60) ? this.#random.between(-2, 64) : this.#random.value();
  }

  /** A number that nobody knows, or that is known in part. */
  #load(): void {
    const random = this.#random;
    const to = random.between(6, 9);
    const bits = 8 * this.#size();
    const sign = bits < 64 && random.chance(30) ? 's' : 'u';
    const kind = random.between(0, 4);
    if (kind === 0) this.#emit(`r${to} = *(u64 *)(r10 - ${8 * random.between(1, 4)})`);
    else if (kind === 1) this.#emit(`r${to} = ${this.#number()}`);
    else if (kind === 2) this.#emit('call bpf_get_prandom_u32', `r${to} = r0`);
    else if (kind === 3) this.#emit('r1 = word ll', `r${to} = *(${sign}${bits} *)(r1 + 0)`);
    else {
      const from = this.#register('value');
      const size = bits / 8;
      if (this.#holds[from] !== 'value') return;
      this.#emit(`r${to} = *(${sign}${bits} *)(r${from} + ${this.#offset(VALUE, size)})`);
    }
    this.#set(to, 'number');
  }

  #compute(): void {
    const random = this.#random;
    const to = this.#register('number');
    const op = random.of(ALU);
    const letter = random.chance(60) ? 'r' : 'w';
    const isShift = op.endsWith('<=') || op.endsWith('>>=');
    const kind = random.between(0, 9);
    if (kind < 3) this.#emit(`${letter}${to} ${op} ${letter}${this.#register('number')}`);
    else if (kind < 8) {
      const immediate = isShift ? random.between(0, letter === 'r' ? 63 : 31) : this.#number();
      this.#emit(`${letter}${to} ${op} ${op.includes('/') || op.includes('%') ? immediate || 3 : immediate}`);
    } else if (kind === 8) this.#emit(`${letter}${to} = -${letter}${to}`);
    else {
      const from = this.#register('number');
      this.#emit(random.chance(50) ? `r${to} = (s${random.of([8, 16, 32])})r${from}` : `w${to} = w${from}`);
    }
  }

  /** Compares a number with a bound, and goes on where it is inside, or leaves. */
  #bound(register: number, most: number): void {
    const random = this.#random;
    const letter = random.chance(60) ? 'r' : 'w';
    const near = random.chance(75) ? most : most + random.between(-2, 2);
    const kind = random.between(0, 5);
    if (kind === 0) this.#emit(`r${register} &= ${random.of([7, 15, 31, near])}`);
    else if (kind === 1) this.#emit(`if ${letter}${register} > ${near} goto out`);
    else if (kind === 2)
      this.#emit(`if ${letter}${register} s> ${near} goto out`, `if r${register} s< 0 goto out`);
    else if (kind === 3)
      this.#emit(`if ${letter}${register} s< 0 goto out`, `if ${letter}${register} >= ${near + 1} goto out`);
    else if (kind === 4) this.#emit(`r${register} %= ${near + 1}`);
    else {
      const other = random.between(1, 5);
      this.#emit(`r${other} = ${near}`, `if ${letter}${register} > ${letter}${other} goto out`);
    }
  }

  /** Reads or writes at a pointer plus a number that was bounded for it. */
  #indexed(pointer: number, end: number): void {
    const random = this.#random;
    const size = this.#size();
    const index = this.#register('number');
    if (index === pointer) return;
    const shift = random.chance(30) ? random.between(1, 3) : 0;
    const offset = random.chance(70) ? 0 : random.between(0, 8);
    this.#bound(index, (end - size - offset) >> shift);
    this.#emit(`r1 = r${pointer}`, `r2 = r${index}`);
    if (shift > 0) this.#emit(`r2 <<= ${shift}`);
    this.#emit(random.chance(90) ? 'r1 += r2' : 'r1 -= r2');
    this.#access(1, offset, size);
  }

  #access(register: number, offset: number, size: number): void {
    const random = this.#random;
    const at = `*(u${8 * size} *)(r${register} + ${offset})`.replace('+ -', '- ');
    const kind = random.between(0, 3);
    if (kind === 0) this.#emit(`${at} = ${random.between(-3, 9)}`);
    else if (kind === 1) this.#emit(`${at} = r${this.#register('number')}`);
    else if (kind === 2 && size >= 4) this.#emit(`lock ${at} += r${this.#register('number')}`);
    else this.#emit(`r3 = ${at}`);
  }

  #lookup(): void {
    const random = this.#random;
    const map = random.of(['array', 'hash', 'percpu'] as const);
    const bytes = map === 'hash' ? 8 : 4;
    const key = 8 * random.between(1, 4);
    const to = random.between(6, 9);
    if (random.chance(97)) this.#emit(`*(u${8 * bytes} *)(r10 - ${key}) = ${random.between(0, 5)}`);
    this.#emit(`r1 = ${map} ll`, 'r2 = r10', `r2 += -${key}`, 'call bpf_map_lookup_elem');
    if (random.chance(97)) this.#emit('if r0 == 0 goto out');
    this.#emit(`r${to} = r0`);
    this.#set(to, 'value');
  }

  #update(): void {
    const random = this.#random;
    const value = 56 + 8 * random.between(0, 2);
    for (let at = 0; at < VALUE; at += 8)
      if (random.chance(98)) this.#emit(`*(u64 *)(r10 - ${value - at}) = ${at}`);
    this.#emit(
      '*(u64 *)(r10 - 8) = 1',
      'r1 = hash ll',
      'r2 = r10',
      'r2 += -8',
      'r3 = r10',
      `r3 += -${value}`,
    );
    this.#emit('r4 = 0', 'call bpf_map_update_elem');
  }

  #pointed(): void {
    const random = this.#random;
    const pointer = this.#register(random.chance(70) ? 'value' : 'record');
    if (this.#holds[pointer] !== 'value' && this.#holds[pointer] !== 'record') return;
    if (random.chance(50)) this.#indexed(pointer, VALUE);
    else {
      const size = this.#size();
      this.#access(pointer, this.#offset(VALUE, size), size);
    }
  }

  /** Stack at an offset that is known, or at one that is not. */
  #stack(): void {
    const random = this.#random;
    const size = this.#size();
    if (random.chance(40)) {
      const index = this.#register('number');
      // Slots of the stack are accessed at multiples of the size only.
      const scale = random.chance(95) ? size : 1;
      this.#bound(index, (32 - size) / scale);
      this.#emit(`r2 = r${index}`, `r2 *= ${scale}`, 'r1 = r10');
      this.#emit(`r1 += -${random.chance(90) ? 32 : random.of([24, 40, 512])}`, 'r1 += r2');
      this.#access(1, 0, size);
      return;
    }
    const at = size * random.between(1, 32 / size);
    if (size === 8 && random.chance(50)) this.#emit(`*(u64 *)(r10 - ${at}) = r${random.between(6, 9)}`);
    else this.#access(10, -at, size);
  }

  /** A pointer or a number is stored, and loaded again. */
  #spill(): void {
    const random = this.#random;
    const [from, to] = [random.between(6, 9), random.between(6, 9)];
    const at = 8 * random.between(1, 4);
    this.#emit(`*(u64 *)(r10 - ${at}) = r${from}`);
    if (random.chance(20)) this.#stack();
    this.#emit(`r${to} = *(u64 *)(r10 - ${at})`);
    this.#set(to, this.#holds[from]!);
  }

  #reserve(): void {
    const to = this.#random.between(6, 9);
    this.#emit('r1 = ring ll', `r2 = ${VALUE}`, 'r3 = 0', 'call bpf_ringbuf_reserve', 'if r0 == 0 goto out');
    this.#emit(`r${to} = r0`);
    this.#set(to, 'record');
    // What is left of it in the next few lines is given back in any case.
    for (let i = this.#random.between(0, 2); i > 0; i -= 1) {
      const size = this.#size();
      this.#access(to, this.#offset(VALUE, size), size);
    }
    const how = this.#random.of(['submit', 'discard']);
    if (this.#random.chance(97)) this.#emit(`r1 = r${to}`, 'r2 = 0', `call bpf_ringbuf_${how}`);
    this.#set(to, this.#random.chance(90) ? 'nothing' : 'record');
  }

  /** A loop of a few rounds whose counter is an index. */
  #loop(): void {
    const random = this.#random;
    const counter = random.between(6, 9);
    const label = this.#label();
    const step = random.between(1, 3);
    const rounds = random.between(1, 9);
    this.#emit(`r${counter} = 0`, `${label}:`);
    this.#set(counter, 'number');
    const pointer = this.#register('value');
    if (this.#holds[pointer] === 'value' && pointer !== counter) {
      this.#emit(`r1 = r${pointer}`, `r1 += r${counter}`);
      this.#access(1, random.between(0, 2) * 8, this.#size());
    }
    this.#emit(`r${counter} += ${step}`);
    this.#emit(`if r${counter} ${random.of(['<', '!=', 's<'])} ${step * rounds} goto ${label}`);
  }

  /** A jump over a few steps: what was known before is known in part after it. */
  #branch(depth: number): void {
    const random = this.#random;
    const label = this.#label();
    const letter = random.chance(60) ? 'r' : 'w';
    const a = this.#register('number');
    const right = random.chance(60) ? String(this.#number()) : `${letter}${this.#register('number')}`;
    this.#emit(`if ${letter}${a} ${random.of(COMPARISONS)} ${right} goto ${label}`);
    const before = [...this.#holds];
    for (let i = random.between(1, 3); i > 0; i -= 1) this.#step(depth + 1);
    this.#emit(`${label}:`);
    for (let r = 0; r < 10; r += 1) if (this.#holds[r] !== before[r]) this.#holds[r] = before[r]!;
  }

  #step(depth = 0): void {
    const kind = this.#random.between(0, 99);
    if (this.#random.chance(30)) this.#special();
    else if (kind < 14) this.#load();
    else if (kind < 38) this.#compute();
    else if (kind < 58) this.#pointed();
    else if (kind < 70) this.#stack();
    else if (kind < 76) this.#spill();
    else if (kind < 84) this.#lookup();
    else if (kind < 87) this.#update();
    else if (kind < 90) this.#reserve();
    else if (kind < 92) this.#loop();
    else if (kind < 94) this.#call();
    else if (depth < 2) this.#branch(depth);
  }

  /** A step of the table: calls with sizes and functions, parts of words, links. */
  #special(): void {
    const random = this.#random;
    const to = random.between(6, 9);
    const { lines, holds, functions } = anyStep({
      random,
      number: this.#register('number'),
      value: this.#register('value'),
      bytes: VALUE,
      to,
      label: () => this.#label(),
    });
    this.#emit(...lines);
    for (const name of functions ?? []) this.#functions.add(name);
    if (holds !== undefined) this.#set(to, holds);
  }

  /** A static function that writes through the pointer that it is given, below a bound that it is given. */
  #function(): void {
    const random = this.#random;
    const size = this.#size();
    const end = random.chance(85) ? VALUE : VALUE + 8;
    this.#emit('own:', `if r2 > ${end - size} goto own_out`, 'r1 += r2');
    this.#emit(`*(u${8 * size} *)(r1 + 0) = r2`);
    this.#emit('own_out:', `r0 = ${random.between(-1, 9)}`, 'exit');
  }

  /** A call of it; what it gives back is a number. */
  #call(): void {
    const random = this.#random;
    const pointer = this.#register(random.chance(95) ? 'value' : 'number');
    this.#calls = true;
    this.#emit(`r1 = r${pointer}`, `r2 = r${this.#register('number')}`, 'call own');
    if (!random.chance(50)) return;
    const to = random.between(6, 9);
    this.#emit(`r${to} = r0`);
    this.#set(to, 'number');
  }

  /** The body of a program. */
  make(): string {
    const random = this.#random;
    const bits = random.chance(95) ? 64 : 8 * this.#size();
    this.#emit(`r5 = *(u${bits} *)(r1 + ${random.chance(90) ? 0 : random.of([8, 16, 4, 1, 168])})`);
    for (let at = 8; at <= 32; at += 8) this.#emit(`*(u64 *)(r10 - ${at}) = ${random.value()}`);
    for (let r = 6; r <= 9; r += 1) {
      this.#emit(`r${r} = ${r === 6 ? 'r5' : random.value()}`);
      this.#set(r, 'number');
    }
    this.#lookup();
    for (let i = random.between(3, 18); i > 0; i -= 1) this.#step();
    this.#emit('out:', `r0 = ${random.chance(97) ? 0 : 1}`, 'exit');
    if (this.#calls) this.#function();
    for (const name of this.#functions) this.#emit(...functionLines(name, random));
    if (random.chance(30)) for (let i = random.between(1, 3); i > 0; i -= 1) changeLine(this.#lines, random);
    return this.#lines.map((line) => (line.endsWith(':') ? line.trim() : line)).join('\n');
  }
}
