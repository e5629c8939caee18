/**
 * Shows where the verifier and recorded kernels differ:
 *
 *     tsx test/tools/verdicts.ts [FILE[,FILE]] [KERNEL] [--by topic|message|ours] [--wrong | --messages | --walks | --not-judged] [--ids N]
 *     tsx test/tools/verdicts.ts --show ID [KERNEL]
 *     tsx test/tools/verdicts.ts --bounds
 */
import { parseArgs } from 'node:util';
import { slotsOf } from '../../src/isa/insn.js';
import { printInsn } from '../../src/isa/print/listing.js';
import { hexBytes } from '../../src/text/numbers.js';
import { verify } from '../../src/verify/verify.js';
import {
  comparable,
  detailLine,
  type Judged,
  judge,
  kindOfMessage,
  tally,
  tallyLine,
  topicOf,
} from '../support/verdicts/judge.js';
import { readVerdicts, requestsFor } from '../support/verdicts/requests.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    by: { type: 'string', default: 'message' },
    wrong: { type: 'boolean', default: false },
    messages: { type: 'boolean', default: false },
    walks: { type: 'boolean', default: false },
    'not-judged': { type: 'boolean', default: false },
    ids: { type: 'string', default: '3' },
    show: { type: 'string' },
    bounds: { type: 'boolean', default: false },
  },
});

const files = readVerdicts();

const said = ({ ours }: Judged): string => {
  switch (ours.kind) {
    case 'accepted':
      return 'accepted';
    case 'refused':
      return `${ours.refusal.errno} ${ours.refusal.message}`;
    case 'not judged':
      return `not judged: ${ours.why}`;
    default:
      return ours satisfies never;
  }
};
const recordedSaid = ({ recorded }: Judged): string =>
  recorded.rc === 0 ? 'accepted' : `${recorded.rc} ${recorded.msg ?? ''}`;

function show(id: string, kernel: string): void {
  for (const file of files.values()) {
    const record = file.records.find((r) => r.id === id);
    if (record === undefined) continue;
    const request = requestsFor(file, kernel)(record);
    const { insns: _, results, ...rest } = record;
    console.log(JSON.stringify(rest));
    let slot = 0;
    for (const insn of request.insns) {
      const text =
        insn.op === undefined
          ? hexBytes(insn.bytes)
          : printInsn(insn, { style: 'kernel', alu32: false, bytes: false });
      console.log(`${String(slot).padStart(5)}: ${text}`);
      slot += slotsOf(insn);
    }
    for (const [name, { log: _log, log2: _log2, ...result }] of Object.entries(results))
      console.log(name, JSON.stringify(result));
    const log = results[kernel]?.log2 ?? results[kernel]?.log;
    if (log !== undefined) console.log(file.logs[log]);
    console.log(`ours (${kernel}):`, JSON.stringify(verify(request), null, 1));
  }
}

function groups(judged: readonly Judged[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const j of judged) {
    const key =
      values.by === 'topic'
        ? `${topicOf(j.record)} (${j.outcome})`
        : values.by === 'ours'
          ? kindOfMessage(said(j))
          : `${kindOfMessage(recordedSaid(j))}\n         ours: ${kindOfMessage(said(j))}`;
    const ids = found.get(key) ?? [];
    ids.push(j.record.id);
    found.set(key, ids);
  }
  return new Map([...found].sort((a, b) => b[1].length - a[1].length));
}

function chosen(judged: readonly Judged[]): readonly Judged[] {
  if (values['not-judged']) return judged.filter((j) => j.outcome === 'not judged');
  if (values.wrong) return judged.filter((j) => j.outcome === 'accepted wrongly');
  if (values.messages)
    return judged.filter(
      ({ recorded, ours }) =>
        recorded.rc !== 0 &&
        ours.kind === 'refused' &&
        comparable(ours.refusal.message) !== comparable(recorded.msg ?? ''),
    );
  if (values.walks)
    return judged.filter((j) => {
      if (j.ours.kind !== 'accepted' || j.recorded.rc !== 0) return false;
      const ratio = j.ours.statistics.processed / (j.recorded.insns ?? 1);
      return ratio > 1.5 || ratio < 1 / 1.5;
    });
  return judged.filter((j) => j.outcome === 'accepted wrongly' || j.outcome === 'refused wrongly');
}

const [names = 'random', kernel = 'arm64-7.3.4'] = positionals;
if (values.show !== undefined) show(values.show, positionals[0] ?? 'arm64-7.3.4');
else if (values.bounds) {
  const bounds = Object.fromEntries(
    [...files].flatMap(([name, file]) =>
      Object.keys(file.kernels).map((k) => [`${name} ${k}`, tally(judge(file, k, verify)).topics]),
    ),
  );
  console.log(JSON.stringify(bounds, null, 2));
} else {
  for (const name of names === 'all' ? files.keys() : names.split(',')) {
    const file = files.get(name);
    if (file === undefined) continue;
    for (const k of kernel === 'all' ? Object.keys(file.kernels) : [kernel]) {
      const judged = judge(file, k, verify);
      const result = tally(judged);
      console.log(`${tallyLine(`${name} ${k}`, result)}\n${detailLine(result)}`);
      if (kernel === 'all' && !values.wrong) continue;
      for (const [key, ids] of groups(chosen(judged)))
        console.log(
          `${String(ids.length).padStart(5)}  ${key}\n         ${ids.slice(0, Number(values.ids)).join(' ')}`,
        );
    }
  }
}
