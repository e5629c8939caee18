/** A program that is timed: its text, and whether it only computes. Written in C once more in native/programs.c. */
export interface BenchProgram {
  readonly name: string;
  readonly what: string;
  readonly kind: 'compute' | 'other';
  readonly text: string;
}

/** `x = rotate(x, n)` through r4. */
const rotl = (x: string, n: number): string => `r4 = ${x}\nr4 <<= ${n}\n${x} >>= ${64 - n}\n${x} |= r4\n`;

/** One round of SipHash; v0 to v3 are r6 to r9. */
const ROUND = `
r6 += r7
r8 += r9
${rotl('r7', 13)}${rotl('r9', 16)}r7 ^= r6
r9 ^= r8
${rotl('r6', 32)}r8 += r7
r6 += r9
${rotl('r7', 17)}${rotl('r9', 21)}r7 ^= r8
r9 ^= r6
${rotl('r8', 32)}`;

/** r1 is the address of 64 KiB of data. `call 0` is a leaf that gives the low half of r1 + r2. */
export const PROGRAMS: readonly BenchProgram[] = [
  {
    name: 'alu',
    what: '64-bit ALU mix',
    kind: 'compute',
    text: `
      r1 = 88172645463325252 ll
      r2 = 0
      r3 = 0
      r5 = 0x7fffffff00000000 ll
    again:
      r4 = r1
      r4 <<= 13
      r1 ^= r4
      r4 = r1
      r4 >>= 7
      r1 ^= r4
      r4 = r1
      r4 <<= 17
      r1 ^= r4
      r4 = r1
      r4 *= 0x2545f491
      r2 += r4
      r4 = r2
      r4 >>= 29
      r4 += r3
      r2 ^= r4
      r4 = r2
      w4 += w1
      r2 &= r5
      r2 |= r4
      r3 += 1
      if r3 != 200000 goto again
      r0 = r2
      exit`,
  },
  {
    name: 'primes',
    what: 'trial division',
    kind: 'compute',
    text: `
      r0 = 0
      r1 = 3
    next:
      r2 = 3
    try:
      r3 = r2
      r3 *= r2
      if r3 > r1 goto prime
      r4 = r1
      r4 %= r2
      if r4 == 0 goto composite
      r2 += 2
      goto try
    prime:
      r0 += 1
    composite:
      r1 += 2
      if r1 < 6000 goto next
      exit`,
  },
  {
    name: 'fletcher32',
    what: 'fletcher32 over 64 KiB',
    kind: 'compute',
    text: `
      r2 = 32768
      r3 = 0xffff
      r4 = 0xffff
    block:
      r5 = r2
      if r5 <= 359 goto sized
      r5 = 359
    sized:
      r2 -= r5
    word:
      r6 = *(u16 *)(r1 + 0)
      r3 += r6
      r4 += r3
      r1 += 2
      r5 += -1
      if r5 != 0 goto word
      r6 = r3
      r6 &= 0xffff
      r3 >>= 16
      r3 += r6
      r6 = r4
      r6 &= 0xffff
      r4 >>= 16
      r4 += r6
      if r2 != 0 goto block
      r6 = r3
      r6 &= 0xffff
      r3 >>= 16
      r3 += r6
      r6 = r4
      r6 &= 0xffff
      r4 >>= 16
      r4 += r6
      r0 = r4
      r0 <<= 16
      r0 |= r3
      exit`,
  },
  {
    name: 'siphash',
    what: 'SipHash over 4 KiB, 16 times',
    kind: 'compute',
    text: `
      r6 = 0x736f6d6570736575 ll
      r7 = 0x646f72616e646f6d ll
      r8 = 0x6c7967656e657261 ll
      r9 = 0x7465646279746573 ll
      r0 = 0
    pass:
      r2 = r1
      r5 = r1
      r5 += 4096
    word:
      r3 = *(u64 *)(r2 + 0)
      r9 ^= r3
      ${ROUND}${ROUND}
      r6 ^= r3
      r2 += 8
      if r2 != r5 goto word
      r0 += 1
      if r0 != 16 goto pass
      r8 ^= 0xff
      ${ROUND}${ROUND}${ROUND}${ROUND}
      r0 = r6
      r0 ^= r7
      r0 ^= r8
      r0 ^= r9
      exit`,
  },
  {
    name: 'collatz',
    what: 'collatz below 3000',
    kind: 'compute',
    text: `
      r0 = 0
      r1 = 1
    next:
      r2 = r1
      r3 = 0
    step:
      if r2 == 1 goto done
      r3 += 1
      if r2 & 1 goto odd
      r2 >>= 1
      goto step
    odd:
      r4 = r2
      r4 *= 3
      r4 += 1
      r2 = r4
      goto step
    done:
      if r3 <= r0 goto shorter
      r0 = r3
    shorter:
      r1 += 1
      if r1 != 3000 goto next
      exit`,
  },
  {
    name: 'calls',
    what: 'recursive calls: fib(20)',
    kind: 'compute',
    text: `
      r1 = 20
      call fib
      exit
    fib:
      r0 = r1
      if r1 < 2 goto out
      r6 = r1
      r1 += -1
      call fib
      r7 = r0
      r1 = r6
      r1 += -2
      call fib
      r0 += r7
    out:
      exit`,
  },
  {
    name: 'helpers',
    what: 'helper calls',
    kind: 'other',
    text: `
      r6 = 0
      r0 = 0
    again:
      r1 = r0
      r2 = r6
      call 0
      r6 += 1
      if r6 != 50000 goto again
      exit`,
  },
  {
    name: 'atomics',
    what: 'atomic fetch-add',
    kind: 'other',
    text: `
      *(u64 *)(r1 + 0) = 0
      r0 = 0
      r2 = 0
    again:
      r3 = r2
      r3 = atomic_fetch_add((u64 *)(r1 + 0), r3)
      r0 ^= r3
      r2 += 1
      if r2 != 100000 goto again
      r3 = *(u64 *)(r1 + 0)
      r0 += r3
      exit`,
  },
];
