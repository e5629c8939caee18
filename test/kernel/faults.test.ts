import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { formatFault } from '../../src/report/fault.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';

const faults = new URL('../data/faults/', import.meta.url);

/** Labs whose program faults. The first line names what the report must say, after `// says: `. */
describe.each(readdirSync(faults))('fault %s', (name) => {
  const text = readFileSync(new URL(name, faults), 'utf8');
  const [, says] = /^\/\/ says: (.*)$/m.exec(text) ?? [];
  const lab = parseOrThrow({ name, text });

  test.each(ENGINES)('is reported as what it is on engine %s', (_, engine) => {
    const [scenario] = scenariosOf(lab);
    const result = runScenario(lab, scenario!, environment, { engine });
    expect(result.outcome.kind).toBe('fault');
    expect(result.expects.filter((e) => !e.passed)).toEqual([]);
    if (result.outcome.kind !== 'fault') return;
    const report = formatFault(result.outcome.fault);
    expect(report).toContain(says);
    expect(report).toContain(`${name}:`);
    expect(result.outcome.fault.backtrace.at(-1)?.function).toBe('map_delete_elem');
  });
});
