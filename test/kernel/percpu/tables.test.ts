import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AllocResult, PercpuAllocator } from '../../../src/kernel/percpu/allocator.js';
import { balance } from '../../../src/kernel/percpu/balance.js';
import type { Chunk } from '../../../src/kernel/percpu/chunk.js';
import type { HintRules } from '../../../src/kernel/percpu/hints.js';

/**
 * What simple first fit cannot do, one case in each file. Lines, each with the state it expects:
 *
 *     unit BYTES [static N] [reserved N] [chunks N] [pages N]   the first chunk, and how many chunks or pages there may be
 *     rules old|mended
 *     NAME = [atomic|reserved] SIZE:ALIGN [xN] [-> CHUNK@OFFSET | -> refused: TEXT]     of the first, if there are N
 *     free NAME | free NAME[I] | free NAME[FROM..TO]
 *     balance                    does the work; `work` does it only if it is scheduled
 *     slot CHUNK SLOT            list SLOT CHUNK…           chunks N          scheduled yes|no
 *     hints CHUNK contig N@BIT [scan N@BIT]                 block CHUNK I contig … [scan …]       0 comes without a place
 *     pages CHUNK populated N empty N                       empty N, over all chunks
 */
const folder = new URL('../../data/percpu/', import.meta.url);

interface World {
  allocator: PercpuAllocator;
  readonly names: Map<string, AllocResult[]>;
}

function numbers(words: readonly string[]): Record<string, number> {
  const out: Record<string, number> = {};
  for (let i = 0; i < words.length; i += 2) out[words[i]!] = Number(words[i + 1]);
  return out;
}

function open(words: readonly string[], hints: HintRules): PercpuAllocator {
  const unitSize = Number(words[0]);
  const {
    static: staticSize = 0,
    reserved: reservedSize = 0,
    chunks = 99,
    pages = 1e9,
  } = numbers(words.slice(1));
  let created = 1;
  let populated = 0;
  return new PercpuAllocator(
    { unitSize, staticSize, reservedSize, dynSize: unitSize - staticSize - reservedSize },
    {
      hints,
      backing: {
        createChunk: () => ++created <= chunks,
        populate: (_, from, to) => (populated += to - from) <= pages,
      },
    },
  );
}

const chunkOf = ({ allocator }: World, index: string): Chunk =>
  [...allocator.slots.all()].find(({ chunk }) => chunk.index === Number(index))!.chunk;

function slotOf({ allocator: { slots } }: World, name: string): number {
  const named: Record<string, number> = {
    sidelined: slots.sidelined,
    free: slots.free,
    to_depopulate: slots.toDepopulate,
  };
  return named[name] ?? Number(name);
}

function allocate(world: World, line: string): void {
  const [, name, kind, size, align, times, wanted] =
    /^(\w+) = (?:(atomic|reserved) )?(\d+):(\d+)(?: x(\d+))?(?: -> (.*))?$/.exec(line)!;
  const made = Array.from({ length: Number(times ?? 1) }, () =>
    world.allocator.allocate(Number(size), Number(align), kind === undefined ? {} : { [kind]: true }),
  );
  world.names.set(name!, made);
  const [first] = made;
  const found = first!.ok ? `${first!.chunk.index}@${first!.offset}` : `refused: ${first!.warning}`;
  if (wanted === undefined) expect(first!.ok, line).toBe(true);
  else expect(found, line).toBe(wanted);
  expect(
    made.every((m) => m.ok === first!.ok),
    line,
  ).toBe(true);
}

function free(world: World, what: string): void {
  const [, name, from, to] = /^(\w+)(?:\[(\d+)(?:\.\.(\d+))?\])?$/.exec(what)!;
  const made = world.names.get(name!)!;
  const start = Number(from ?? 0);
  const end = to !== undefined ? Number(to) : from !== undefined ? start + 1 : made.length;
  for (const m of made.slice(start, end)) {
    expect(m.ok && world.allocator.free(m.chunk, m.offset), what).toBe(m.ok && m.size);
  }
}

function expectHints(
  line: string,
  found: { contig: number; contigStart: number; scan: number; scanStart: number },
): void {
  const [, contig, scan] = /contig (\S+)(?: scan (\S+))?$/.exec(line)!;
  const text = (size: number, start: number): string => (size === 0 ? '0' : `${size}@${start}`);
  expect(text(found.contig, found.contigStart), line).toBe(contig);
  if (scan !== undefined) expect(text(found.scan, found.scanStart), line).toBe(scan);
}

/** Every verb but `free` looks at the state or does the work; what begins with none of them allocates. */
const VERBS: Readonly<Record<string, (world: World, line: string, rest: readonly string[]) => void>> = {
  free: (world, _, [what]) => free(world, what!),
  balance: ({ allocator }) => balance(allocator),
  work: ({ allocator }) => {
    while (allocator.balanceScheduled) balance(allocator);
  },
  slot: (world, line, [chunk, slot]) => {
    expect(world.allocator.slots.where(chunkOf(world, chunk!)), line).toBe(slotOf(world, slot!));
  },
  list: (world, line, [slot, ...chunks]) => {
    const list = world.allocator.slots.lists[slotOf(world, slot!)]!.map((c) => String(c.index));
    expect(list, line).toEqual(chunks);
  },
  chunks: ({ allocator }, line, [n]) => expect(allocator.totals.nrChunks, line).toBe(Number(n)),
  scheduled: ({ allocator }, line, [yes]) => expect(allocator.balanceScheduled, line).toBe(yes === 'yes'),
  hints: (world, line, [chunk]) => expectHints(line, chunkOf(world, chunk!).hints),
  block: (world, line, [chunk, i]) => expectHints(line, chunkOf(world, chunk!).blocks[Number(i)]!),
  pages: (world, line, [chunk, ...wanted]) => {
    const { nrPopulated, emptyPopPages } = chunkOf(world, chunk!);
    expect({ populated: nrPopulated, empty: emptyPopPages }, line).toEqual(numbers(wanted));
  },
  empty: ({ allocator }, line, [n]) => expect(allocator.emptyPopPages, line).toBe(Number(n)),
};

function step(world: World, line: string): void {
  const [verb, ...rest] = line.split(' ');
  const known = VERBS[verb!];
  if (known === undefined) allocate(world, line);
  else known(world, line, rest);
}

describe('table', () => {
  test.each(readdirSync(folder))('%s', (file) => {
    const lines = readFileSync(new URL(file, folder), 'utf8')
      .split('\n')
      .filter((l) => l !== '' && !l.startsWith('//'));
    const rules = lines.find((l) => l.startsWith('rules '))?.split(' ')[1] as HintRules | undefined;
    const world: World = {
      allocator: open(lines[0]!.split(' ').slice(1), rules ?? 'mended'),
      names: new Map(),
    };
    for (const line of lines.slice(1)) if (!line.startsWith('rules ')) step(world, line);
  });
});

test('after ten failures the kernel prints no more', () => {
  const allocator = open(['32768', 'chunks', '1'], 'mended');
  allocator.allocate(32768, 4);
  for (let i = 0; i < 20; i += 1) allocator.allocate(4, 4);
  expect(allocator.log.length).toBe(11);
  expect(allocator.log.at(-1)).toBe('percpu: limit reached, disable warning');
});

test('freeing what is not allocated is refused', () => {
  const allocator = open(['32768'], 'mended');
  const made = allocator.allocate(16, 4);
  if (!made.ok) throw new Error(made.warning);
  expect(allocator.free(made.chunk, 4)).toBeUndefined();
  expect(allocator.free(made.chunk, 0)).toBe(16);
  expect(allocator.free(made.chunk, 0)).toBeUndefined();
});
