import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reproduction } from './campaign.js';
import type { FuzzOptions } from './options.js';

/** What the process of a target is told, as JSON in its only argument. */
export interface Order extends Pick<FuzzOptions, 'seed' | 'runs' | 'seconds' | 'save'> {
  readonly target: string;
  /** Where it writes the seed of the input it is about to try, as 8 bytes of text. */
  readonly progress: string;
}

/** How long one input may keep a target busy, in milliseconds: far more than any takes that is answered. */
const PATIENCE = 600_000;
const LOOK_EVERY = 1000;

/** The status of a process that went through all its inputs and found some that fail. */
export const FOUND = 10;

const child = fileURLToPath(new URL('child.ts', import.meta.url));

/** Runs a target in a process of its own and waits for it. False if an input failed, or the process did. */
export async function supervise(target: string, options: FuzzOptions): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'tinybpf-fuzz-'));
  const progress = join(dir, 'seed');
  const { seed, runs, seconds, save } = options;
  const order: Order = { target, progress, seed, runs, seconds, save };
  try {
    const running = fork(child, [JSON.stringify(order)], { execArgv: process.execArgv });
    const seedNow = (): number => {
      try {
        return Number(readFileSync(progress, 'latin1'));
      } catch {
        return seed;
      }
    };
    let last = -1;
    let since = Date.now();
    let isStuck = false;
    const watch = setInterval(() => {
      const at = seedNow();
      if (at !== last) [last, since] = [at, Date.now()];
      else if (Date.now() - since > PATIENCE) {
        isStuck = true;
        running.kill('SIGKILL');
      }
    }, LOOK_EVERY);
    const [status, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      running.on('exit', (code, by) => resolve([code, by]));
    });
    clearInterval(watch);
    if (status === 0) return true;
    if (status !== FOUND) {
      const how = isStuck
        ? `gave no answer within ${PATIENCE / 1000} s`
        : `ended the process (${signal ?? `status ${status}`})`;
      console.error(`${target}: an input ${how}\nreproduce: ${reproduction(target, seedNow())}`);
    }
    return false;
  } finally {
    rmSync(dir, { recursive: true });
  }
}
