import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { helperById } from '../../src/isa/helpers.js';
import { type AttachKind, KINDS } from '../../src/kernel/attach/kinds.js';
import { callRow, refuseCall } from '../../src/kernel/boot/callers.js';
import { type KernelModel, modelOf } from '../../src/kernel/model.js';
import { present, VERDICTS } from '../support/shared.js';

interface Recorded {
  readonly kind: string;
  readonly insns: string;
  readonly kfuncs?: readonly string[];
  readonly results: Readonly<Record<string, { readonly rc?: number | string; readonly msg?: string }>>;
}

/** Kinds that the recordings call otherwise. */
const OTHER_NAMES: Readonly<Record<string, AttachKind>> = {
  sched_cls: 'tc',
  tracepoint: 'tp',
  raw_tp_w: 'raw_tp',
};

function kindOf(recorded: string): AttachKind | undefined {
  const name = OTHER_NAMES[recorded] ?? recorded.replace(/_s$/, '');
  return Object.hasOwn(KINDS, name) ? (name as AttachKind) : undefined;
}

/** The model of a recorded kernel: `arm64-7.3.4`. */
function modelNamed(kernel: string): KernelModel | undefined {
  const [arch, release = ''] = kernel.split('-');
  return modelOf({ release, version: '', machine: arch === 'arm64' ? 'aarch64' : 'x86_64' });
}

/** What a recorded program calls that has a row. */
function callsOf({ insns, kfuncs }: Recorded): ReadonlySet<string> {
  const bytes = Buffer.from(insns, 'hex');
  const names = new Set<string>();
  for (let at = 0; at < bytes.length; at += 8) {
    if (bytes[at] !== 0x85) continue;
    const imm = bytes.readInt32LE(at + 4);
    const source = bytes[at + 1]! >> 4;
    const name = source === 0 ? helperById(imm)?.name : source === 2 ? kfuncs?.[imm] : undefined;
    if (name !== undefined && callRow(name) !== undefined) names.add(name);
  }
  return names;
}

const REFUSED = /(?:unknown func|program of this type cannot use helper|calling kernel function) (\w+)/;

const files = present(VERDICTS) ? readdirSync(VERDICTS).filter((f) => f.endsWith('.json')) : [];

test.skipIf(files.length === 0)('the kernels agree about who may call what', () => {
  const differing = new Set<string>();
  let agreed = 0;
  for (const file of files) {
    const { records } = JSON.parse(readFileSync(`${VERDICTS}/${file}`, 'utf8')) as {
      records: readonly Recorded[];
    };
    for (const record of records) {
      const kind = kindOf(record.kind);
      if (kind === undefined) continue;
      for (const [kernel, { rc, msg = '' }] of Object.entries(record.results)) {
        const model = modelNamed(kernel);
        if (model === undefined) continue;
        for (const name of callsOf(record)) {
          // Loaded, or refused because of this very call: of others the kernel said nothing.
          if (rc !== 0 && REFUSED.exec(msg)?.[1] !== name) continue;
          const isRefused = refuseCall(name, { kind, model }) !== undefined;
          if (isRefused === (rc !== 0)) agreed += 1;
          else differing.add(`${kernel}: ${name} in ${kind}: ${msg}`);
        }
      }
    }
  }
  expect([...differing]).toEqual([]);
  expect(agreed).toBeGreaterThan(0);
});
