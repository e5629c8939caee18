import type { AlignmentComparison, Comparison, Cost } from '../percpu/compare.js';
import type { ChunkView, PageView, PercpuRun, StatementResult } from '../percpu/run.js';
import { type Palette, plain } from '../text/format.js';
import { plural } from '../text/numbers.js';

const RULE = '-'.repeat(40);

/** A line of percpu_stats, in the kernel's columns (P in mm/percpu-stats.c). */
const field = ([label, value]: readonly [string, number]): string =>
  `  ${label.padEnd(20)}: ${String(value).padStart(12)}`;

function stepLine(step: StatementResult, width: number): string {
  const where =
    step.chunks.length === 1
      ? ` in chunk ${step.chunks[0]!.chunk}`
      : ` in chunks ${step.chunks.map((c) => `${c.chunk} (${c.count})`).join(', ')}`;
  const parts: string[] = [];
  if (step.allocated > 0) parts.push(`${step.allocated} allocated${where}`);
  if (step.failed > 0) parts.push(`${step.failed} refused`);
  if (parts.length === 0)
    parts.push(step.freed === 0 && step.text === 'balance' ? 'done' : `${step.freed} freed`);
  return `${step.text.padEnd(width)}  ${parts.join(', ')}`;
}

const CELL_BYTES = 64;

function pageText(page: PageView): string {
  const cells = page.cells.map((taken) => {
    if (taken === undefined) return ' ';
    if (taken === 0) return page.populated ? '.' : '-';
    return taken === CELL_BYTES ? '#' : '+';
  });
  return cells.join('').trimEnd();
}

/** The pages of a chunk, a line each; equal ones that follow each other share one. */
function mapLines(chunk: ChunkView): string[] {
  const texts = chunk.pages.map(pageText);
  const lines: string[] = [];
  const width = String(texts.length - 1).length;
  for (let page = 0; page < texts.length; ) {
    let last = page;
    while (texts[last + 1] === texts[page]) last += 1;
    const number = (n: number): string => String(n).padStart(width);
    const name =
      last === page
        ? number(page).padEnd(width * 2 + 1)
        : `${number(page)}-${number(last).trim().padEnd(width)}`;
    lines.push(`  ${name} |${texts[page]}`);
    page = last + 1;
  }
  return lines;
}

/** What the kernel printed; a line that repeats is printed once, with how often. */
function logLines(log: readonly string[]): string[] {
  const lines: { text: string; times: number }[] = [];
  for (const text of log) {
    const last = lines.at(-1);
    if (last?.text === text) last.times += 1;
    else lines.push({ text, times: 1 });
  }
  return lines.map(({ text, times }) => `  ${text}${times > 1 ? `  (${times} times)` : ''}`);
}

/** What percpu_stats says, with the kernel's labels. */
function statsLines(run: PercpuRun, palette: Palette): string[] {
  const section = (title: string): string[] => [palette.bold(title), RULE];
  return [
    palette.bold('Percpu Memory Statistics'),
    ...section('Allocation Info:'),
    ...Object.entries(run.allocationInfo).map(field),
    '',
    ...section('Global Stats:'),
    ...Object.entries(run.globalStats).map(field),
    '',
    ...section('Per Chunk Stats:'),
    ...run.chunks.flatMap((chunk) => [chunk.title, ...Object.entries(chunk.fields).map(field), '']),
  ];
}

/** A script's steps, the statistics, and a map of each chunk. */
export function formatPercpuRun(run: PercpuRun, palette: Palette = plain): string {
  const width = Math.max(0, ...run.steps.map((s) => s.text.length));
  const cpus = plural(run.cpus, 'CPU');
  const scheduled = run.balanceScheduled ? ['balance work is scheduled: `balance` does it'] : [];
  return [
    `${run.bootLine}, ${cpus}, ${run.hints} hints`,
    '',
    ...run.steps.map((s) => stepLine(s, width)),
    ...scheduled,
    ...(run.log.length === 0 ? [] : ['', palette.dim('dmesg:'), ...logLines(run.log)]),
    '',
    ...statsLines(run, palette),
    palette.bold('Map: a line for each page, a character for each 64 bytes of a unit'),
    palette.dim('  # taken   + partly   . free   - free, without memory   a blank is not this chunk’s'),
    ...run.chunks.flatMap((c) => {
      const slot = c.slot === undefined ? '' : `, slot ${c.slot}`;
      const what = c.title.includes('<-') ? c.title.replace(/.*<- /, '').toLowerCase() : `chunk ${c.index}`;
      return [`${what}${slot}`, ...mapLines(c)];
    }),
    '',
    `${run.populatedBytes} bytes of dynamic pages have memory, on ${cpus}`,
  ].join('\n');
}

const ROWS: readonly { readonly label: string; readonly of: (cost: Cost, cpus: number) => number }[] = [
  { label: 'bytes allocated, a CPU', of: (c) => c.allocated },
  { label: 'bytes in holes, a CPU', of: (c) => c.holes },
  { label: 'together', of: (c) => c.allocated + c.holes },
  { label: 'together, all CPUs', of: (c, cpus) => (c.allocated + c.holes) * cpus },
  { label: 'chunks', of: (c) => c.chunks },
  { label: 'bytes of pages, all CPUs', of: (c) => c.memory },
];

function comparisonLines({ title, costs }: Comparison, cpus: number, palette: Palette): string[] {
  const column = (text: string): string => text.padStart(14);
  const signed = (n: number): string => (n > 0 ? `+${n}` : String(n));
  const head = [...costs.map((c) => `align ${c.align}`), 'difference'].map(column).join('');
  return [
    palette.bold(title),
    `  ${''.padEnd(26)}${head}`,
    ...ROWS.map(({ label, of }) => {
      const values = costs.map((c) => of(c, cpus));
      const difference = values.at(-1)! - values[0]!;
      return `  ${label.padEnd(26)}${[...values.map(String), signed(difference)].map(column).join('')}`;
    }),
  ];
}

/** What aligning to 8 bytes costs, as tables. */
export function formatComparison(c: AlignmentComparison, palette: Palette = plain): string {
  const programs = plural(c.programs, 'program');
  const cpus = plural(c.cpus, 'CPU');
  return [
    `${programs} on ${cpus}, a guard’s word of 4 bytes each, ${c.bootLine}`,
    ...c.comparisons.flatMap((one) => ['', ...comparisonLines(one, c.cpus, palette)]),
  ].join('\n');
}

const COMPARED = (cost: Cost): object => ({
  align: cost.align,
  allocated: cost.allocated,
  holes: cost.holes,
  chunks: cost.chunks,
  page_bytes: cost.memory,
});

export function comparisonToJson(c: AlignmentComparison): object {
  return {
    programs: c.programs,
    cpus: c.cpus,
    comparisons: c.comparisons.map(({ title, costs }) => ({ title, costs: costs.map(COMPARED) })),
  };
}

/** Field names are percpu_stats' own; `map` has a string for each page, in the characters of the text. */
export function percpuRunToJson(run: PercpuRun): object {
  return {
    cpus: run.cpus,
    hints: run.hints,
    steps: run.steps,
    allocation_info: run.allocationInfo,
    global_stats: run.globalStats,
    chunks: run.chunks.map((c) => ({
      index: c.index,
      title: c.title,
      slot: c.slot,
      ...c.fields,
      map: c.pages.map(pageText),
    })),
    page_bytes: run.populatedBytes,
    balance_scheduled: run.balanceScheduled,
    log: run.log,
    passed: run.passed,
  };
}
