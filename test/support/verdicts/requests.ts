import { readdirSync, readFileSync } from 'node:fs';
import { decodeProgram } from '../../../src/isa/decode.js';
import { type Btf, readBtfBytes } from '../../../src/object/btf.js';
import { Bytes } from '../../../src/object/bytes.js';
import { SpecialFields } from '../../../src/object/special-fields.js';
import type { KernelTypes } from '../../../src/verify/c-type.js';
import type { ProgramTypes, VerifiedMap, VerifyRequest } from '../../../src/verify/request.js';
import { seriesOf } from '../../../src/verify/series.js';
import { VERDICTS } from '../shared.js';
import type { RecordedFile, RecordedMap, RecordedProgram } from './format.js';
import { recordedTypes } from './types.js';

const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const btfOf = (hex: string): Btf => readBtfBytes(new Bytes(fromHex(hex), 'B1006', 'recorded BTF', 0));

/** The files of a folder of recordings, by name; types are in one of them and hold for all. */
export function readVerdicts(folder = VERDICTS): ReadonlyMap<string, RecordedFile> {
  const files = new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => [
        name.replace(/\.json$/, ''),
        JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as RecordedFile,
      ]),
  );
  const types = Object.assign({}, ...[...files.values()].map((f) => f.types)) as RecordedFile['types'];
  return new Map([...files].map(([name, file]) => [name, { ...file, types }]));
}

function mapOf(name: string, maps: Readonly<Record<string, RecordedMap>>): VerifiedMap {
  const map = maps[name];
  if (map === undefined) throw new Error(`a record names the map ${name}, which is not recorded`);
  const { btf, value_type_id: value } = map;
  return {
    name,
    type: map.type,
    keySize: map.key,
    valueSize: map.value,
    maxEntries: map.max,
    flags: map.flags,
    isFrozen: map.frozen === 1,
    ...(map.content !== undefined && { content: fromHex(map.content) }),
    ...(map.inner !== undefined && { inner: mapOf(map.inner, maps) }),
    fields: btf === undefined || value === undefined ? [] : new SpecialFields(btfOf(btf)).of(value),
  };
}

/** `func_info`: pairs of slot and type id, 32 bits each. */
function programTypes({ btf = '', func_info: info = '' }: RecordedProgram): ProgramTypes | undefined {
  if (btf === '') return undefined;
  const bytes = fromHex(info);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const functions = Array.from({ length: bytes.length / 8 }, (_, i) => ({
    slot: view.getUint32(i * 8, true),
    type: view.getUint32(i * 8 + 4, true),
  }));
  return { btf: btfOf(btf), functions };
}

/** Adds the byte offsets of members, which differ between kernels, to the instructions' fields. */
function relocate(bytes: Uint8Array, relocs: RecordedProgram['relocs'], types: KernelTypes): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [insn, where, name, path] of relocs ?? []) {
    if (where === 'id') continue;
    let struct = types.struct(name);
    let offset = 0;
    for (const part of path.split('.')) {
      const member = struct?.members.find((m) => m.name === part);
      if (member === undefined) throw new Error(`struct ${name} has no recorded member ${path}`);
      offset += member.bitOffset / 8;
      struct = 'name' in member.type ? types.struct(member.type.name) : undefined;
    }
    if (where === 'off') view.setInt16(insn * 8 + 2, view.getInt16(insn * 8 + 2, true) + offset, true);
    else view.setInt32(insn * 8 + 4, view.getInt32(insn * 8 + 4, true) + offset, true);
  }
}

/** Makes requests of a file's records, for one of its kernels. */
export function requestsFor(file: RecordedFile, kernel: string): (record: RecordedProgram) => VerifyRequest {
  const types = recordedTypes(file, kernel);
  const [arch, release = ''] = kernel.split('-');
  const maps = new Map(Object.keys(file.maps).map((name) => [name, mapOf(name, file.maps)]));
  return (record) => {
    const bytes = fromHex(record.insns);
    relocate(bytes, record.relocs, types);
    const program = programTypes(record);
    return {
      insns: decodeProgram(bytes),
      kind: {
        type: record.type,
        attachType: record.attach_type,
        flags: record.flags,
        ...(record.target !== undefined && { target: record.target }),
      },
      maps: record.maps.map((name) => maps.get(name)!),
      variables: record.ksyms ?? [],
      kfuncs: record.kfuncs ?? [],
      ...(program && { program }),
      licence: record.license,
      capabilities: record.caps ?? 'all',
      series: seriesOf(release),
      arch: arch === 'arm64' ? 'arm64' : 'amd64',
      // All recordings were made on machines with one processor: logs give its number as 0.
      processors: 1,
      types,
    };
  };
}
