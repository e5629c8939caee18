import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ROOT, tinybpf } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'tinybpf-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FAILS = `function work() {
    r0 = 0
    exit
}
program p : fentry/work {
    r0 = 0
    exit
}
scenario {
    task A cpu 0 { call work() }
    expect p.run_cnt == 2
}
`;

// Which thread takes which lab is different each time; what is said must not be. In the tests' own process there is one thread.
test('labs that threads share come to what they come to one after the other, in the order of their names', async () => {
  for (let i = 0; i < 13; i += 1)
    copyFileSync(
      join(ROOT, 'programs', i % 2 === 0 ? 'recursion.bpf' : 'tracepoint.bpf'),
      join(folder, `${i}.bpf`),
    );
  writeFileSync(join(folder, 'a-fails.bpf'), FAILS);
  writeFileSync(join(folder, 'm-cannot-be-read.bpf'), 'program p : fentry/vfs_read {\n    r11 = 0\n}\n');
  writeFileSync(join(folder, 'z-fails.bpf'), FAILS);
  for (const options of [[], ['--json', '--guard', 'arm64', '--guard', 'none']]) {
    const alone = await tinybpfHere(['test', ...options, folder]);
    expect(alone.status).toBe(1);
    const shared = tinybpf(['test', ...options, folder]);
    expect(shared).toEqual(alone);
  }
});

test('what is wrong with an option is said once, before any thread begins', () => {
  const { status, stdout, stderr } = tinybpf(['test', '--guard', './not-there.bpf', folder]);
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr.match(/error\[/g)).toHaveLength(1);
});
