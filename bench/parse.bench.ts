import { assemble } from '#dist/isa/assemble.js';
import { parseAssembly } from '#dist/syntax/parse-program.js';
import { heading, measure, table } from './support.js';

const LINES = [
  'r1 = *(u32 *)(r2 + 4)',
  'if r1 s>= 5 goto +3',
  'r2 += -16',
  'w3 &= 0xff',
  'lock *(u64 *)(r1 + 0) += r2',
  'r4 = 0x1122334455667788 ll',
  'call bpf_map_lookup_elem',
  '*(u64 *)(r10 - 8) = r1',
] as const;

function program(lines: number): string {
  return Array.from({ length: lines }, (_, i) => LINES[i % LINES.length]).join('\n');
}

/** Heap in use after a collection, where Node was started with --expose-gc; without it an estimate. */
function heap(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}

/** Time and memory to parse and assemble, per line, for 1k, 10k and 100k lines: both should stay level. */
export async function parseSuite(): Promise<void> {
  heading('Parsing and assembling (ns and bytes of heap a line; level means linear)');
  const sizes = [1_000, 10_000, 100_000] as const;
  const rows: Record<string, string | number>[] = [];
  for (const lines of sizes) {
    const source = { name: 'bench.s', text: program(lines) };
    const work = (): unknown => {
      const parsed = parseAssembly(source);
      const assembled = assemble(parsed.value ?? []);
      return [parsed, assembled];
    };
    const before = heap();
    const kept = work();
    const bytes = heap() - before;
    const [m] = await measure([{ name: 'parse', run: () => void work() }], 3, 100, 1);
    rows.push({
      lines,
      'ns/line': Math.round((m?.median ?? 0) / lines),
      'bytes/line': Math.round(bytes / lines),
      kept: Array.isArray(kept) ? 'yes' : 'no',
    });
  }
  table(rows.map(({ kept: _, ...r }) => r));
}
