import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { TEST_LIMIT } from './limits.js';

/** Far more than a test takes, and than what a file does before its first and after its last, in milliseconds. */
const SILENCE_LIMIT = 2 * TEST_LIMIT;
/** What vitest may take to notice that its workers are gone. */
const END_LIMIT = 30_000;

/**
 * Ends the run where a file has said nothing for too long, and names it. The limits of tests and hooks do not fire where a
 * worker is blocked, as in a read that waits for what never comes: the run would hang without a word.
 */
export class Stuck implements Reporter {
  readonly #heard = new Map<TestModule, number>();
  #looking: NodeJS.Timeout | undefined;

  onTestRunStart(): void {
    this.#looking = setInterval(() => this.#look(), SILENCE_LIMIT / 16);
  }

  onTestModuleStart(module: TestModule): void {
    this.#heard.set(module, Date.now());
  }

  onTestCaseReady({ module }: TestCase): void {
    this.#hear(module);
  }

  onTestCaseResult({ module }: TestCase): void {
    this.#hear(module);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#heard.delete(module);
  }

  onTestRunEnd(): void {
    clearInterval(this.#looking);
  }

  /** What is told of a test may come when its file has ended. */
  #hear(module: TestModule): void {
    if (this.#heard.has(module)) this.#heard.set(module, Date.now());
  }

  #look(): void {
    const now = Date.now();
    const silent = [...this.#heard].filter(([, at]) => now - at > SILENCE_LIMIT);
    if (silent.length === 0) return;
    clearInterval(this.#looking);
    for (const [module] of silent) {
      const file = relative(process.cwd(), module.moduleId);
      console.error(
        `${file} (${module.project.name}) has said nothing for ${SILENCE_LIMIT / 60_000} minutes: the run ends here`,
      );
    }
    process.exitCode = 1;
    for (const pid of children()) process.kill(pid, 'SIGKILL');
    setTimeout(() => process.exit(1), END_LIMIT).unref();
  }
}

/** The processes that this one has started. None where the system does not tell: they go on then, and the run ends still. */
function children(): number[] {
  try {
    return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}
