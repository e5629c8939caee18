import { expect, test } from 'vitest';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { scenarioToJson } from '../../src/report/json.js';
import { formatScenario } from '../../src/report/summary.js';
import { environment } from '../support/environment.js';

const lab = parseOrThrow({
  name: 'test.bpf',
  text: `map events : ringbuf { max_entries 4096 }
map quiet : ringbuf { max_entries 4096 }
global data : u8[64] = "0123456789"
tracepoint write(u64 size)
tracepoint hold()

program output : raw_tp/write {
    r3 = *(u64 *)(r1 + 0)
    r1 = events ll
    r2 = data ll
    r4 = 3                       // both kinds of wake-up may be asked for
    call bpf_ringbuf_output
    r0 = 0
    exit
}

program never_submits : raw_tp/hold {
    r1 = events ll
    r2 = 8
    r3 = 0
    call bpf_ringbuf_reserve
    r0 = 0
    exit
}

scenario { cpu 0 { fire write(2)  fire write(40)  fire hold()  fire write(1) } }
scenario { cpu 0 { fire write(1) x 20 } }`,
});

test('a consumer gets the records up to the first that is not submitted', () => {
  const [first] = scenariosOf(lab);
  const result = runScenario(lab, first!, environment);
  expect(scenarioToJson(result)).toMatchObject({
    ring_buffers: [
      { map: 'events', records: ['30 31', expect.stringMatching(/^30 31 .* 39( 00){30}$/)], blocked: true },
      { map: 'quiet', records: [], blocked: false },
    ],
  });
  const text = formatScenario(result, { timeline: false });
  expect(text).toContain(
    'ring buffer events: 2 records, then one that was neither submitted nor discarded\n  30 31\n',
  );
  expect(text).toContain('00 … (40 bytes)');
  expect(text).toContain('ring buffer quiet: 0 records');
});

test('a long list of records is cut in the summary, not in the JSON', () => {
  const [, second] = scenariosOf(lab);
  const result = runScenario(lab, second!, environment);
  expect(result.rings[0]?.records).toHaveLength(20);
  expect(formatScenario(result, { timeline: false })).toContain('ring buffer events: 20 records\n  30\n');
  expect(formatScenario(result, { timeline: false })).toContain('… 4 more');
});
