import { functionSlot } from '../isa/flow.js';
import { helperByName } from '../isa/helpers.js';
import { type Insn, makeInsn } from '../isa/insn.js';
import { operation } from '../isa/table.js';
import { replaces } from '../kernel/attach/kinds.js';
import { programOf } from '../kernel/attach/own-function.js';
import { kconfigBytes } from '../kernel/kconfig.js';
import type { Kernel, Program } from '../kernel/kernel.js';
import { BPF_F_NO_PREALLOC } from '../kernel/map/from-object.js';
import { mapTypeInfo } from '../kernel/map/types.js';
import type { KernelModel } from '../kernel/model.js';
import type { MapShape, ObjectMap } from '../object/object.js';
import { splitSpacedName } from '../syntax/name-space.js';
import { KFUNCS } from '../verify/calls/kfuncs.js';
import { targetFunction } from '../verify/context/btf.js';
import { MAP_FLAGS, type ProgramTypes, type VerifiedMap, type VerifyRequest } from '../verify/request.js';
import { seriesOf } from '../verify/series.js';
import { requestedKind } from './kinds.js';
import { typesOfKernel } from './types.js';

/** Why it cannot be asked whether Linux would load a program. */
export interface Unasked {
  readonly why: string;
  /** It needs what only this emulator has, whatever a verifier would say of the rest. */
  readonly isOnlyHere?: true;
}

/** Labs do not state a licence. */
const LAB_LICENCE = 'GPL';

/** What a name in a program's code stands for, as the bpf system call is told. */
type Meaning =
  | { readonly kind: 'map'; readonly map: VerifiedMap }
  | { readonly kind: 'value'; readonly map: VerifiedMap };

/** The one value of an array, as global variables are. */
const variables = (name: string, size: number): VerifiedMap => ({
  name,
  type: mapTypeInfo('array').number,
  keySize: 4,
  valueSize: size,
  maxEntries: 1,
  flags: 0,
  isFrozen: false,
  fields: [],
});

/** The same where neither the program nor user space changes it any more, so that the verifier knows what is in it. */
const constants = (name: string, content: Uint8Array): VerifiedMap => ({
  ...variables(name, content.length),
  flags: MAP_FLAGS.readOnlyForPrograms,
  isFrozen: true,
  content,
});

function shapeOf(name: string, shape: MapShape): VerifiedMap {
  const { type, keySize, valueSize, maxEntries, flags, kernelFields: fields } = shape;
  return { name, type, keySize, valueSize, maxEntries, flags, isFrozen: false, fields };
}

const mapOfObject = (map: ObjectMap): VerifiedMap => ({
  ...shapeOf(map.name, map),
  ...(map.inner && { inner: shapeOf(`${map.name}.inner`, map.inner) }),
});

function mapOfLab(kernel: Kernel, name: string): VerifiedMap | undefined {
  const definition = kernel.maps.get(name)?.definition;
  if (definition === undefined) return undefined;
  const shape = ({
    type,
    keySize,
    valueSize,
    maxEntries,
  }: Omit<typeof definition, 'name' | 'buffers' | 'span'>) => {
    const { number, growsAsNeeded } = mapTypeInfo(type);
    const flags = growsAsNeeded === true ? BPF_F_NO_PREALLOC : 0;
    return { name, type: number, keySize, valueSize, maxEntries, flags, isFrozen: false, fields: [] };
  };
  return { ...shape(definition), ...(definition.inner && { inner: shape(definition.inner) }) };
}

function meaningInLab(kernel: Kernel, name: string): Meaning | undefined {
  const map = mapOfLab(kernel, name);
  if (map !== undefined) return { kind: 'map', map };
  const global = kernel.globals.get(name);
  if (global === undefined) return undefined;
  return { kind: 'value', map: variables(name, (global.bits / 8) * global.count) };
}

function meaningInObject(
  { object }: Kernel['objects'][number],
  name: string,
  model: KernelModel,
): Meaning | undefined {
  const map = object.maps.find((m) => m.name === name);
  if (map !== undefined) return { kind: 'map', map: mapOfObject(map) };
  const data = object.data.find((d) => d.name === name);
  if (data !== undefined) {
    if (!data.readonly) return { kind: 'value', map: variables(data.name, data.size) };
    const content = new Uint8Array(data.size);
    content.set(data.bytes.subarray(0, data.size));
    return { kind: 'value', map: constants(data.name, content) };
  }
  const option = object.externs.find((e) => e.name === name)?.option;
  return option && { kind: 'value', map: constants('.kconfig', kconfigBytes(model, name, option).bytes) };
}

/** Functions of the object's BTF by the slots at which they begin. */
function programTypes(
  { object }: Kernel['objects'][number],
  starts: readonly (readonly [number, string])[],
): ProgramTypes | undefined {
  const { btf } = object;
  if (btf === undefined) return undefined;
  const functions = starts.flatMap(([slot, label]) => {
    const type = btf.types.findIndex((t) => t.kind === 'func' && t.name === label);
    return type < 0 ? [] : [{ slot, type, isStatic: object.hidden.has(label) }];
  });
  return functions.length === starts.length ? { btf, functions } : undefined;
}

class Writer {
  readonly maps: VerifiedMap[] = [];
  readonly kfuncs: string[] = [];
  /** By what the code calls it: options of the configuration are maps of one name. */
  readonly #mapIndices = new Map<string, number>();
  readonly #meaning: (name: string) => Meaning | undefined;

  constructor(meaning: (name: string) => Meaning | undefined) {
    this.#meaning = meaning;
  }

  #map(name: string, map: VerifiedMap): number {
    const index = this.#mapIndices.get(name) ?? this.maps.push(map) - 1;
    this.#mapIndices.set(name, index);
    return index;
  }

  #kfunc(name: string): number {
    const known = this.kfuncs.indexOf(name);
    return known >= 0 ? known : this.kfuncs.push(name) - 1;
  }

  /** The instruction as Linux is given it; the reason where it means nothing there. */
  insn(insn: Insn, slot: number): Insn | Unasked {
    const { form } = insn.op;
    const { ref } = insn;
    if (form === 'call_helper' || form === 'call_kfunc') {
      if (ref === undefined) return insn;
      const helper = helperByName(ref.name);
      if (helper !== undefined) return { ...makeInsn(operation('call'), { imm: helper.id }), ...at(insn) };
      if (KFUNCS.get(ref.name) === undefined)
        return { why: `it calls \`${ref.name}\`, which Linux does not let programs call`, isOnlyHere: true };
      return { ...makeInsn(operation('call_kfunc'), { imm: this.#kfunc(ref.name) }), ...at(insn) };
    }
    if (ref === undefined || functionSlot(insn, slot) !== undefined) return insn;
    const { bare } = splitSpacedName(ref.name);
    const meaning = this.#meaning(bare);
    if (meaning === undefined)
      return { why: `it refers to \`${ref.name}\`, which only a lab has`, isOnlyHere: true };
    const imm = this.#map(bare, meaning.map);
    const { dst } = insn;
    const made =
      meaning.kind === 'map'
        ? makeInsn(operation('lddw_map_fd'), { dst, imm })
        : makeInsn(operation('lddw_map_value'), { dst, imm, hi: Number(ref.addend) + insn.imm });
    return { ...made, ...at(insn) };
  }
}

const at = ({ span }: Insn): Pick<Insn, 'span'> => (span === undefined ? {} : { span });

/** The object that a program comes from; undefined where a lab has it. */
export const unitOf = (kernel: Kernel, { name }: Program): Kernel['objects'][number] | undefined =>
  kernel.objects.find(({ object, prefix }) => object.programs.some((p) => `${prefix}${p.name}` === name));

/** What Linux would be asked to load a program of a booted machine; the reason where it would not be asked. */
export function requestOf(kernel: Kernel, program: Program): VerifyRequest | Unasked {
  const { model } = kernel;
  const { on } = program.attach;
  if (programOf(kernel, on) !== undefined)
    return {
      why: `it is attached to \`${on}\`, a ${kernel.programs.has(on) ? 'program' : 'function of a program'}, which the verifier here does not look at`,
    };
  const isThere = kernel.traceable.has(on) || kernel.tracepoints.has(on);
  if (!isThere && replaces(program.attach.kind))
    return { why: `there is no program \`${on}\` for it to replace` };
  const kind = requestedKind(program.attach, kernel.traceable.get(on));
  const kernelTypes = typesOfKernel(kernel);
  if (kind.target !== undefined && targetFunction({ kind, types: kernelTypes }) === undefined)
    return {
      why: isThere
        ? `nobody says which arguments \`${kind.target}\` takes`
        : `there is no \`${on}\` here to attach it to`,
    };
  const unit = unitOf(kernel, program);
  const { code } = kernel.machine.text.placementOf(program.fn)!;
  const writer = new Writer((name) =>
    unit ? meaningInObject(unit, name, model) : meaningInLab(kernel, name),
  );
  const insns: Insn[] = [];
  const slots = code.functions.at(-1)!.end;
  for (let slot = 0; slot < slots; slot += 1) {
    const insn = code.insnAt(slot);
    if (insn === undefined) continue;
    const made = writer.insn(insn, slot);
    if ('why' in made) return made;
    insns.push(made);
  }
  const own = unit?.object.programs.find((p) => `${unit.prefix}${p.name}` === program.name);
  const starts = [
    [0, own?.name ?? program.name] as const,
    ...[...(own?.labels ?? [])].map(([name, slot]) => [slot, name] as const),
  ];
  const types = unit && programTypes(unit, starts);
  return {
    insns,
    kind,
    maps: writer.maps,
    variables: [],
    kfuncs: writer.kfuncs,
    ...(types && { program: types }),
    licence: unit === undefined ? LAB_LICENCE : (unit.object.license ?? ''),
    capabilities: 'all',
    series: seriesOf(model.release),
    arch: model.arch,
    processors: kernel.cpus,
    types: kernelTypes,
  };
}
