import { type LinuxMapType, mapTypeOf } from '../map-types.js';
import { formatBits } from '../range/tnum.js';
import { isGpl } from '../request.js';
import { isBefore } from '../series.js';
import { FLAGS } from '../state/kind.js';
import { ANY, pointer, type Register } from '../state/register.js';
import type { Access } from './access.js';
import type { ObjectField } from './call-facts.js';
import { isOwning } from './kptr.js';
import { isProtected, isTrusted } from './references.js';
import { NotJudged, refuse } from './refused.js';
import { type Found, findMember, sizeOfType } from './struct-walk.js';
import type { Walk } from './walk.js';

/**
 * Members through which trust goes on, where the kernel's types do not say it themselves: always, or while RCU protects; and whether what they
 * point to may not be there (BTF_TYPE_SAFE_* in kernel/bpf/verifier.c).
 */
const SAFE: Readonly<Record<string, readonly ['always' | 'protected', 'there' | 'or null']>> = {
  'bpf_iter_meta.seq': ['always', 'there'],
  'bpf_iter__task.meta': ['always', 'there'],
  'bpf_iter__task.task': ['always', 'there'],
  'linux_binprm.file': ['always', 'there'],
  'file.f_inode': ['always', 'there'],
  'dentry.d_inode': ['always', 'or null'],
  'socket.sk': ['always', 'or null'],
  'vm_area_struct.vm_mm': ['always', 'or null'],
  'vm_area_struct.vm_file': ['always', 'or null'],
  'task_struct.cpus_ptr': ['protected', 'there'],
  'task_struct.cgroups': ['protected', 'there'],
  'task_struct.real_parent': ['protected', 'there'],
  'task_struct.group_leader': ['protected', 'there'],
  'cgroup.kn': ['protected', 'there'],
  'css_set.dfl_cgrp': ['protected', 'there'],
  'cgroup_subsys_state.cgroup': ['protected', 'there'],
  'mm_struct.exe_file': ['protected', 'or null'],
  'mm_struct.owner': ['protected', 'or null'],
  'sk_buff.sk': ['protected', 'or null'],
  'request_sock.sk': ['protected', 'or null'],
};

/** What holds of a pointer that was loaded from an object. */
function flagsOf(walk: Walk, from: Register, found: Extract<Found, { kind: 'pointer' }>): number {
  if (isBefore(walk.request.series.release, '6.2')) return 0;
  if (from.has('untrusted')) return FLAGS.untrusted;
  if (!isTrusted(walk, from) && !from.has('rcu')) return 0;
  const [when, what] = SAFE[`${found.in}.${found.member}`] ?? [undefined, 'there'];
  const orNull = what === 'or null' ? FLAGS.maybeNull : 0;
  if (when === 'always') return FLAGS.trusted | orNull;
  if (isProtected(walk) && !from.isNullable) return when === 'protected' ? FLAGS.rcu | orNull : 0;
  return FLAGS.untrusted;
}

function loaded(walk: Walk, from: Register, found: Found): Register {
  switch (found.kind) {
    case 'scalar':
      return ANY;
    case 'number pointer': {
      if (isBefore(walk.request.series.release, '6.17')) return ANY;
      return pointer('mem', { flags: FLAGS.readonly | FLAGS.untrusted, target: { size: 0 } });
    }
    case 'pointer': {
      const flags = flagsOf(walk, from, found);
      const id = (flags & FLAGS.maybeNull) === 0 ? 0 : walk.newId();
      return pointer('btf', { flags, id, target: { struct: { name: found.struct, from: 'kernel' } } });
    }
    default:
      return found satisfies never;
  }
}

/** An access to an object that BTF describes (check_ptr_to_btf_access). */
export function accessBtf(walk: Walk, register: Register, access: Access): void {
  const { struct } = register.target;
  if (struct === undefined) throw new NotJudged('an object of no type');
  const { name } = struct;
  const number = `R${access.register}`;
  if (!walk.allowsLeaks) {
    refuse('EPERM', `'struct ${name}' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN`);
  }
  if (!isGpl(walk.request) && struct.from === 'kernel') {
    refuse('EINVAL', `Cannot access kernel 'struct ${name}' from non-GPL compatible program`);
  }
  const { scalar } = register;
  if (!scalar.isConstant) {
    const bits = formatBits(scalar.bits);
    refuse(
      'EACCES',
      `${number} is ptr_${name} invalid variable offset: off=${access.offset}, var_off=${bits}`,
    );
  }
  const offset = access.offset + Number(scalar.bits.value.signed);
  if (offset < 0) refuse('EACCES', `${number} is ptr_${name} invalid negative access: off=${offset}`);
  if (register.has('user')) {
    refuse('EACCES', `${number} is ptr_${name} access user memory: off=${offset}`);
  }
  if (register.has('percpu')) {
    refuse('EACCES', `${number} is ptr_${name} access percpu memory: off=${offset}`);
  }
  if (access.mode === 'write') refuse('EACCES', 'only read is supported');
  if (struct.from === 'program') throw new NotJudged('an object of a type of the program');
  const found = findMember(walk.request.types, { struct: name, offset, size: access.size });
  if (access.value !== undefined) walk.set(access.value, loaded(walk, register, found));
}

/** Structures that maps are in the kernel, where it may be read. */
const MAP_STRUCTS: Partial<Readonly<Record<LinuxMapType, string>>> = {
  hash: 'bpf_htab',
  array: 'bpf_array',
  prog_array: 'bpf_array',
  perf_event_array: 'bpf_array',
  percpu_hash: 'bpf_htab',
  percpu_array: 'bpf_array',
  lru_hash: 'bpf_htab',
  lru_percpu_hash: 'bpf_htab',
  array_of_maps: 'bpf_array',
  hash_of_maps: 'bpf_htab',
  ringbuf: 'bpf_ringbuf_map',
};

/** A read of what the kernel knows of a map (check_ptr_to_map_access). */
export function accessMapStruct(walk: Walk, register: Register, access: Access): void {
  const name = MAP_STRUCTS[mapTypeOf(register.map)] ?? 'bpf_map';
  if (!walk.allowsLeaks) {
    refuse('EPERM', `'struct ${name}' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN`);
  }
  if (access.offset < 0) {
    refuse('EACCES', `R${access.register} is ${name} invalid negative access: off=${access.offset}`);
  }
  if (access.mode === 'write') refuse('EACCES', `only read from ${name} is supported`);
  if (walk.request.types.struct(name) === undefined) {
    // What is in it is not known here: as far as it goes, a number.
    if (access.value !== undefined) walk.set(access.value, ANY);
    return;
  }
  const place = { struct: name, offset: access.offset, size: access.size };
  const found = findMember(walk.request.types, place);
  if (access.value !== undefined) walk.set(access.value, loaded(walk, register, found));
}

/** Objects that go away only when no reader of RCU is left (rcu_protected_types). */
const RCU_PROTECTED: ReadonlySet<string> = new Set([
  'prog_test_ref_kfunc',
  'cgroup',
  'bpf_cpumask',
  'task_struct',
  'bpf_crypto_ctx',
]);

/** The address of an object, out of a map's value: of one that the map owns it is certain only while RCU protects. */
export function loadMapPointer(walk: Walk, field: ObjectField, value: number): void {
  const { tag, to } = field;
  const isSafe = tag === 'percpu_kptr' || RCU_PROTECTED.has(to);
  const isKept = isOwning(walk, field) && isSafe && isProtected(walk);
  const percpu = tag === 'percpu_kptr' ? FLAGS.percpu : 0;
  const flags = FLAGS.maybeNull | (isKept ? FLAGS.rcu | percpu : FLAGS.untrusted);
  const target = { struct: { name: to, from: 'kernel' } } as const;
  walk.set(value, pointer('btf', { flags, target, id: walk.newId() }));
}

/** Variables of the kernel of which every processor has one, by their types; those that are not structures by their size. */
const PER_CPU: Readonly<
  Record<string, { readonly struct: string } | { readonly type: string; readonly size: number }>
> = {
  bpf_prog_active: { type: 'int', size: 4 },
  runqueues: { struct: 'rq' },
};

/** The address of a variable of the kernel (check_pseudo_btf_id). */
export function variableRegister(walk: Walk, index: number): Register {
  const name = walk.request.variables[index];
  if (name === undefined) throw new NotJudged('a variable that is not there');
  const perCpu = PER_CPU[name];
  if (perCpu !== undefined) {
    const isStruct = 'struct' in perCpu;
    const struct = { name: isStruct ? perCpu.struct : perCpu.type, from: 'kernel' } as const;
    const target = isStruct ? { struct } : { struct, size: perCpu.size };
    return pointer('btf', { flags: FLAGS.percpu, target });
  }
  const type = walk.request.types.variable(name);
  if (type === undefined) throw new NotJudged(`variable ${name}`);
  if (type.kind === 'struct' || type.kind === 'union') {
    return pointer('btf', { target: { struct: { name: type.name, from: 'kernel' } } });
  }
  const size = sizeOfType(walk.request.types, type);
  return pointer('mem', { flags: FLAGS.readonly, target: { size } });
}
