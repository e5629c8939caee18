import { expect, test } from 'vitest';
import { verifyWithLog } from '../../src/verify/verify.js';
import { present, VERDICTS } from '../support/shared.js';
import { readVerdicts, requestsFor } from '../support/verdicts/requests.js';

/** Addresses of maps differ from run to run, and so does how far what is after an instruction is set off. */
const comparable = (line: string): string =>
  line
    .replaceAll('<address>', 'A')
    .replaceAll(/r(\d+) = (?:map\S*|0x\S+)/g, 'r$1 = A')
    .replaceAll(/\s+;/g, ' ;');

/** Logs of level 1 that come out as recorded, line by line: at least so many of a hundred. */
const AS_RECORDED = 80;

test.skipIf(!present(VERDICTS))('a log is as the kernel writes it', () => {
  let same = 0;
  let all = 0;
  for (const file of readVerdicts().values()) {
    const kernel = Object.keys(file.kernels).find((name) => name.startsWith('amd64-7.3'));
    if (kernel === undefined) continue;
    const request = requestsFor(file, kernel);
    for (const record of file.records) {
      const recorded = record.results[kernel];
      if (recorded?.log === undefined || (recorded.insns ?? 0) > 1000) continue;
      const text = file.logs[recorded.log] ?? '';
      const end = text.indexOf('\nVerification failed');
      const lines = (end < 0 ? text : text.slice(0, end)).split('\n').filter((line) => line.trim() !== '');
      const ours = new Set(verifyWithLog(request(record), 1).log.map(comparable));
      all++;
      if (lines.every((line) => ours.has(comparable(line)))) same++;
    }
  }
  expect(all).toBeGreaterThan(0);
  expect(Math.floor((100 * same) / all)).toBeGreaterThanOrEqual(AS_RECORDED);
});
