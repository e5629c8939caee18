import { fromAddress, KIND, toAddress } from '../../machine/memory.js';
import type {
  BpfObject,
  DataPointer,
  ObjectData,
  ObjectMap,
  ObjectProgram,
  Variable,
} from '../../object/object.js';
import type { Name } from '../../syntax/lab-ast.js';
import type { NameSpace } from '../../syntax/name-space.js';
import { type Diagnostic, errorAt, warningAt } from '../../text/diagnostic.js';
import type { Findings } from '../../text/findings.js';
import type { Span } from '../../text/source.js';
import { kconfigBytes, LARGEST_OPTION } from '../kconfig.js';
import type { Kernel } from '../kernel.js';
import { numberBytes } from '../map/bytes.js';
import type { MapDefinition } from '../map/definition.js';
import { definitionOfObjectMap, type MapSize } from '../map/from-object.js';
import { withObjectInner } from '../map/inner.js';
import { putFirst } from '../map/maps-of-maps.js';
import { putProgram } from '../map/prog-array.js';
import type { BpfMap } from '../map/storage.js';
import { type BootContext, reserve } from './context.js';
import type { ProgramSource } from './programs.js';
import type { NameScope, SymbolOf } from './symbols.js';

/** An object file to load. Its names get `prefix`, so that one object can be loaded several times. */
export interface ObjectUnit {
  readonly object: BpfObject;
  /** The file that it was read from, to be read again against the types of a machine. */
  readonly bytes?: Uint8Array;
  readonly prefix: string;
  /** Where a lab asks for it. */
  readonly span?: Span;
}

/** How the machine names a section of global variables; no declared name has a colon. */
const dataName = ({ object, prefix }: ObjectUnit, section: string): string =>
  `${prefix}${object.name}:${section}`;

/** The same of an option of the kernel's configuration. */
const optionName = (unit: ObjectUnit, name: string): string => dataName(unit, `.kconfig:${name}`);

function scopeOf(unit: ObjectUnit, symbolOf: SymbolOf): NameScope {
  const { object, prefix } = unit;
  const own = new Map<string, string>();
  for (const map of object.maps) own.set(map.name, symbolOf('map', `${prefix}${map.name}`));
  for (const data of object.data) own.set(data.name, dataName(unit, data.name));
  for (const { name, option } of object.externs) if (option) own.set(name, optionName(unit, name));
  return { own, externs: new Map(object.externs.map((e) => [e.name, { weak: e.weak }])) };
}

/** A name of an object, for diagnostics at the place that asks for the object. */
const nameOf = (unit: ObjectUnit, name: string, text = `${unit.prefix}${name}`): Name => ({
  name: text,
  span: unit.span ?? { source: { name: unit.object.name, text: '' }, start: 0, end: 0 },
});

/** What the kernel takes as the name of a program or of a map, of which it sees so many bytes (bpf_obj_name_cpy). */
const KERNEL_NAME = /^[A-Za-z0-9_.]*$/;
const KERNEL_NAME_BYTES = 15;

/** A name the kernel would not take, or that nothing here could write. */
function refuseName(what: 'program' | 'map', { name, span }: Name): Diagnostic | undefined {
  if (name === '') return errorAt('B0409', `a ${what} has no name`, { span });
  if (KERNEL_NAME.test(name)) return undefined;
  const seen = new TextEncoder().encode(name).subarray(0, KERNEL_NAME_BYTES);
  const isRefused = !KERNEL_NAME.test(new TextDecoder('latin1').decode(seen));
  return errorAt('B0409', `\`${name}\` is not the name of a ${what}`, {
    span,
    expected: 'ASCII letters, digits, `_` and `.`',
    help: 'give it another name in its source',
    notes: isRefused ? ['the kernel answers -EINVAL'] : [],
  });
}

/** The names an object brings into the machine's own name space. */
export function declaredNames(
  unit: ObjectUnit,
  findings: Findings,
): { readonly space: NameSpace; readonly name: Name }[] {
  const { object } = unit;
  const programs = object.programs.map((p) => ({ ...nameOf(unit, p.name), ...placeOf(p) }));
  const maps = object.maps.map((m) => nameOf(unit, m.name));
  for (const [what, names] of [
    ['program', programs],
    ['map', maps],
  ] as const) {
    for (const name of names) {
      const refused = refuseName(what, name);
      if (refused !== undefined) findings.add(refused);
    }
  }
  const variables = object.data.flatMap((d) => d.variables.filter(isReadable));
  const inSpace = (space: NameSpace, names: readonly Name[]) => names.map((name) => ({ space, name }));
  return [
    ...inSpace('program', programs),
    ...inSpace('map', maps),
    ...inSpace(
      'variable',
      variables.map((v) => nameOf(unit, v.name)),
    ),
  ];
}

/** The line of C where a program begins, if the object says that. */
function placeOf({ insns }: ObjectProgram): { span: Span } | undefined {
  const span = insns[0]?.span;
  return span && { span };
}

/** The programs of an object by their names, and what their sections say that they are attached to. */
export const attachmentsOf = (
  unit: ObjectUnit,
): Pick<ProgramSource, 'name' | 'attach' | 'record' | 'parameters'>[] =>
  unit.object.programs.map((p) => {
    const span = p.insns[0]?.span ?? unit.span;
    const attach = { ...nameOf(unit, '', p.section), ...(span && { span }) };
    return {
      name: `${unit.prefix}${p.name}`,
      attach,
      ...(p.parameters && { parameters: p.parameters }),
      ...(p.context && { record: p.context }),
    };
  });

export function programsOf(unit: ObjectUnit, symbolOf: SymbolOf): ProgramSource[] {
  const scope = scopeOf(unit, symbolOf);
  const attachments = attachmentsOf(unit);
  return unit.object.programs.map((p, i) => ({
    ...attachments[i]!,
    code: { kind: 'insns', insns: p.insns, labels: p.labels, scope },
    span: p.insns[0]?.span ?? unit.span,
    autoload: p.autoload,
    isOfObject: true,
  }));
}

/** The maps of an object; without a definition where something is wrong with it. */
export function mapsOf(
  cx: BootContext,
  unit: ObjectUnit,
  sizes: readonly MapSize[],
  cpus: number,
): { readonly name: string; readonly definition: MapDefinition | undefined }[] {
  return unit.object.maps.map((m) => {
    const name = `${unit.prefix}${m.name}`;
    const place = { name, object: unit.object.name, span: unit.span };
    const own = definitionOfObjectMap(m, place, sizes, cpus, cx.findings);
    return { name, definition: own && withObjectInner(own, m, place, cpus, cx.findings) };
  });
}

/** Bytes of global variables an object may have. */
const LARGEST_DATA = 16 << 20;

export const dataBytes = (unit: ObjectUnit): number =>
  unit.object.data.reduce((n, d) => n + Math.min(d.size, LARGEST_DATA) + 128, 0) +
  unit.object.externs.reduce((n, { option }) => n + Math.min(option?.size ?? 0, LARGEST_OPTION) + 128, 0);

/** Variables a scenario can read and write: integers and arrays of them, with names that it can write. */
function isReadable(v: Variable): boolean {
  return v.type.kind === 'int' && !/^\.|^$|[\p{Cc}$"\\]/u.test(v.name);
}

function addVariables(kernel: Kernel, unit: ObjectUnit, data: ObjectData, start: number): void {
  for (const v of data.variables) {
    if (v.type.kind !== 'int' || !isReadable(v)) continue;
    const { bytes, signed, count } = v.type;
    kernel.globals.set(`${unit.prefix}${v.name}`, {
      name: `${unit.prefix}${v.name}`,
      at: start + v.offset,
      bits: (bytes * 8) as 8 | 16 | 32 | 64,
      signed,
      count: count ?? 1,
      isArray: count !== undefined,
      isFrozen: data.readonly,
    });
  }
}

/** Lays out an object's global variables and gives their sections names. */
export function createData(cx: BootContext, kernel: Kernel, unit: ObjectUnit): void {
  for (const data of unit.object.data) {
    const name = dataName(unit, data.name);
    if (data.size > LARGEST_DATA) {
      const message = `section ${data.name} of ${unit.object.name} has ${data.size} bytes`;
      cx.findings.error('B0607', message, { span: unit.span, expected: `at most ${LARGEST_DATA}` });
      kernel.symbols.define(name, { kind: 'address', address: 0n }, 'kernel');
      continue;
    }
    const describe = (offset: number): { name: string; start: number; end: number } | undefined => {
      const v = data.variables.find((x) => offset >= x.offset && offset < x.offset + x.size);
      return v && { name: `global ${v.name}`, start: v.offset, end: v.offset + v.size };
    };
    if (kernel.symbols.has(name)) continue;
    const region = reserve(kernel.memory, `section ${data.name}`, 'global', data.size, { describe });
    kernel.memory.unpoison(region.start, data.size, KIND.object);
    kernel.memory.u8.set(data.bytes, region.start);
    kernel.symbols.define(name, { kind: 'address', address: toAddress(region.start) }, 'kernel');
    addVariables(kernel, unit, data, region.start);
  }
}

/** Lays out the options of the kernel's configuration that an object asks for, as libbpf does. */
export function createOptions(cx: BootContext, kernel: Kernel, unit: ObjectUnit): void {
  for (const { name, weak, option } of unit.object.externs) {
    const symbol = optionName(unit, name);
    if (option === undefined || kernel.symbols.has(symbol)) continue;
    const { bytes, isKnown } = kconfigBytes(kernel.model, name, option);
    const size = bytes.length;
    const region = reserve(kernel.memory, `option ${name}`, 'global', size);
    kernel.memory.unpoison(region.start, size, KIND.object);
    kernel.memory.u8.set(bytes, region.start);
    kernel.symbols.define(symbol, { kind: 'address', address: toAddress(region.start) }, 'kernel');
    const key = `${unit.prefix}${name}`;
    if (!kernel.globals.has(key) && option.as !== 'text' && size <= 8)
      kernel.globals.set(key, {
        ...{ name: key, at: region.start, bits: (size * 8) as 8 | 16 | 32 | 64, signed: false },
        ...{ count: 1, isArray: false, isFrozen: true },
      });
    if (isKnown || weak) continue;
    cx.findings.add(
      warningAt('B0609', `the emulated kernel has no option \`${name}\`: it is not set`, {
        ...(unit.span && { span: unit.span }),
        help: `\`--set ${name}=1\` sets it`,
      }),
    );
  }
}

/** Puts maps into one, under the numbers of their places in its declaration. */
function fillWithMaps(
  kernel: Kernel,
  map: BpfMap,
  { prefix }: ObjectUnit,
  values: ObjectMap['values'],
): void {
  const { keySize } = map.definition;
  for (const { index, name } of values) {
    const inner = kernel.maps.get(`${prefix}${name}`);
    if (inner === undefined || keySize < 4) continue;
    const key = kernel.arena.start;
    kernel.memory.u8.set(numberBytes(BigInt(index), keySize), key);
    putFirst(map, key, inner);
    kernel.memory.u8.fill(0, key, key + keySize);
  }
}

/** Puts programs and maps into the arrays of them that an object declares with initial entries. */
export function fillArrays(kernel: Kernel, unit: ObjectUnit): void {
  for (const { name, values } of unit.object.maps) {
    const map = kernel.maps.get(`${unit.prefix}${name}`);
    if (map?.info.holdsMaps === true) fillWithMaps(kernel, map, unit, values);
    if (map?.info.family !== 'pointers') continue;
    for (const value of values) {
      const program = kernel.programs.get(`${unit.prefix}${value.name}`);
      const entry = program === undefined ? undefined : kernel.mapTable.programs.get(program.id);
      if (entry !== undefined) putProgram(map, value.index, entry);
    }
  }
}

/** Address of what a pointer in initial values points to; undefined where there is no such thing. */
function pointedAt(kernel: Kernel, unit: ObjectUnit, { to }: DataPointer): bigint | undefined {
  switch (to.kind) {
    case 'data':
      return kernel.symbols.addressOf(dataName(unit, to.section)) + BigInt(to.addend);
    case 'map': {
      const map = kernel.maps.get(`${unit.prefix}${to.name}`);
      return map && toAddress(map.at);
    }
    case 'program': {
      const program = kernel.programs.get(`${unit.prefix}${to.name}`);
      return program && kernel.machine.text.addressOf(program.fn);
    }
    default:
      return to satisfies never;
  }
}

/** Fills in the addresses in the initial values of an object's variables. Everything must have its place by then. */
export function fillPointers(kernel: Kernel, unit: ObjectUnit): void {
  for (const { name, pointers } of unit.object.data) {
    const at = fromAddress(kernel.symbols.addressOf(dataName(unit, name)));
    for (const pointer of pointers) {
      const address = pointedAt(kernel, unit, pointer);
      if (address !== undefined && at !== undefined) writeUnaligned(kernel, at + pointer.offset, address);
    }
  }
}

/** Writes 8 bytes at an offset that need not be a multiple of 8. */
const writeUnaligned = (kernel: Kernel, at: number, value: bigint): void =>
  kernel.memory.u8.set(numberBytes(value, 8), at);
