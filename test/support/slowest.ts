import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

const SHOWN = 10;

/** Prints at the end which files took longest: their tests, hooks and imports, in seconds of the clock. */
export class Slowest implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.map((module) => {
      const { duration, collectDuration } = module.diagnostic();
      const file = relative(process.cwd(), module.moduleId);
      return { file, of: module.project.name, seconds: (duration + collectDuration) / 1000 };
    });
    rows.sort((a, b) => b.seconds - a.seconds);
    console.log(`\nslowest of ${rows.length} files:`);
    for (const { file, of, seconds } of rows.slice(0, SHOWN))
      console.log(`${seconds.toFixed(1).padStart(7)} s  ${file} (${of})`);
  }
}
