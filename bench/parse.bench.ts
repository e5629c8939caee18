import { assemble } from '../src/isa/assemble.js';
import { parseAssembly } from '../src/syntax/parse-program.js';
import { splitStatements } from '../src/syntax/split.js';
import { bpfGrammar } from '../src/syntax/tree.js';
import { heading, measure, table } from './support.js';

/** Instructions as programs have them; the number makes each line of a text another one. */
const LINES: readonly ((n: number) => string)[] = [
  (n) => `r${n % 10} = *(u32 *)(r2 + ${n % 30_000})`,
  (n) => `if r1 s>= ${n} goto +${n % 100}`,
  (n) => `r2 += -${n}`,
  (n) => `w3 &= 0x${n.toString(16)}`,
  (n) => `lock *(u64 *)(r1 + ${8 * (n % 4000)}) += r2`,
  (n) => `r4 = 0x${(0x1122334400000000n + BigInt(n)).toString(16)} ll`,
  (n) => `label${n}: call bpf_map_lookup_elem`,
  (n) => `*(u64 *)(r10 - ${n % 512}) = r${n % 10}`,
];

function program(lines: number): string {
  return Array.from({ length: lines }, (_, i) => LINES[i % LINES.length]!(i)).join('\n');
}

/** Heap in use after a collection, where Node was started with --expose-gc; without it an estimate. */
function heap(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}

/**
 * Time and memory to parse and assemble, per line, for 1k, 10k and 100k lines that all differ: both should stay level.
 * Beside it what ohm's bare match of each statement takes, without a tree or anything after it.
 */
export async function parseSuite(): Promise<void> {
  heading('Parsing and assembling distinct lines (level figures mean linear; heap in bytes)');
  const rows: Record<string, string | number>[] = [];
  for (const lines of [1_000, 10_000, 100_000]) {
    const source = { name: 'bench.s', text: program(lines) };
    const statements = splitStatements(source).nodes.flatMap((n) => (n.kind === 'statement' ? [n.text] : []));
    const whole = (): unknown => {
      const parsed = parseAssembly(source);
      return [parsed, assemble(parsed.value ?? [])];
    };
    const bare = (): void => {
      for (const text of statements) bpfGrammar.match(text, 'Line');
    };
    const before = heap();
    const kept = whole();
    const bytes = heap() - before;
    const [ohm, ours] = await measure(
      [
        { name: 'ohm', run: bare },
        { name: 'ours', run: () => void whole() },
      ],
      5,
      100,
      1,
    );
    rows.push({
      lines,
      'ns a line': Math.round(ours!.median / lines),
      'of them ohm’s match': Math.round(ohm!.median / lines),
      'times ohm’s': (ours!.median / ohm!.median).toFixed(2),
      'heap a line': Math.round(bytes / lines),
      kept: Array.isArray(kept) ? 'yes' : 'no',
    });
  }
  table(rows.map(({ kept: _, ...r }) => r));
}
