/** Whole processes beside a bare Node: what a user waits for after typing a command. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { heading, median, table } from './support.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');
const ROUNDS = 21;

/** The commands, and how many times a bare Node each may take; of a run the memory is asked for, too. */
const COMMANDS: readonly (readonly [line: string, most: number])[] = [
  ['--version', 1.5],
  ['--help', 1.5],
  ['list guards', 1.5],
  ['explain B0201', 1.5],
  ['run programs/recursion.bpf', 2.5],
  ['check programs/recursion.bpf', 2.5],
  ['disasm programs/recursion.bpf', 2.5],
  ['explore -g arm64-v1 -n 1 programs/explore/two-tasks.bpf', 4.5],
  ['test programs', Number.POSITIVE_INFINITY],
];

const BARE = ['-e', '0'];

function milliseconds(args: readonly string[]): number {
  const from = process.hrtime.bigint();
  const { error, signal } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
  if (error !== undefined || signal !== null) throw error ?? new Error(`${args.join(' ')}: ${signal}`);
  return Number(process.hrtime.bigint() - from) / 1e6;
}

/** The largest resident memory of a process, in MiB: it writes down its own when it ends. */
function mebibytes(args: readonly string[]): number {
  const dir = mkdtempSync(join(tmpdir(), 'tinybpf-bench-'));
  const [hook, answer] = [join(dir, 'hook.cjs'), join(dir, 'answer')];
  const write = `require('fs').writeFileSync(${JSON.stringify(answer)}, String(process.resourceUsage().maxRSS))`;
  writeFileSync(hook, `process.on('exit', () => ${write});`);
  spawnSync(process.execPath, ['--require', hook, ...args], { cwd: ROOT, stdio: 'ignore' });
  const kibibytes = Number(readFileSync(answer, 'utf8'));
  rmSync(dir, { recursive: true });
  return kibibytes / 1024;
}

export async function startSuite(): Promise<void> {
  heading(`start: whole processes beside \`node -e 0\`, ${ROUNDS} rounds interleaved, medians`);
  const lines = [BARE, ...COMMANDS.map(([line]) => [MAIN, ...line.split(' ')])];
  const times = lines.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1)
    // The long one is timed in fewer rounds.
    for (const [i, line] of lines.entries())
      if (line.at(-2) !== 'test' || round % 7 === 0) times[i]!.push(milliseconds(line));
  const bare = median(times[0]!);
  table(
    lines.map((line, i) => {
      const [command, most] = i === 0 ? ['node -e 0', 1] : COMMANDS[i - 1]!;
      const time = median(times[i]!);
      return {
        command,
        ms: time.toFixed(0),
        'x node': (time / bare).toFixed(2),
        'at most': Number.isFinite(most) ? most : '',
        MiB: mebibytes(line).toFixed(0),
      };
    }),
  );
}
