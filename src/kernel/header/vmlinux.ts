// cspell:disable: names as the kernel spells them.

import type { TargetStruct, TargetTypes } from '../../object/core/target.js';
import { wellKnownStructures } from '../attach/well-known.js';
import { wellKnownEvent, wellKnownEvents } from '../attach/well-known-records.js';
import { kernelTypes } from '../layout.js';
import { linuxMapTypes } from '../map/linux-types.js';
import type { KernelModel } from '../model.js';
import { typesAsC } from './c-types.js';
import { MORE_OF_TASKS, tracedTypesAsC } from './traced-types.js';

/** What is the same for every model: integers by the kernel's names, and what programs need besides the types below. */
const PLAIN = `typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u8 u8;
typedef __s8 s8;
typedef __u16 u16;
typedef __s16 s16;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
enum { false = 0, true = 1 };
typedef unsigned long size_t;
typedef long ssize_t;
typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef unsigned int dev_t;
typedef unsigned short umode_t;
typedef long long loff_t;
typedef unsigned long uintptr_t;
#ifndef NULL
#define NULL ((void *)0)
#endif

/* How an element is updated, and where records of a perf buffer go. */
enum { BPF_ANY = 0, BPF_NOEXIST = 1, BPF_EXIST = 2, BPF_F_LOCK = 4 };
enum { BPF_F_NO_PREALLOC = 1, BPF_F_NO_COMMON_LRU = 2, BPF_F_RDONLY = 8, BPF_F_WRONLY = 16, BPF_F_STACK_BUILD_ID = 32 };
enum { BPF_F_RDONLY_PROG = 128, BPF_F_WRONLY_PROG = 256, BPF_F_MMAPABLE = 1 << 10, BPF_F_INNER_MAP = 1 << 12 };
enum { BPF_LOCAL_STORAGE_GET_F_CREATE = 1, BPF_SK_STORAGE_GET_F_CREATE = 1 };
#define BPF_F_INDEX_MASK 0xffffffffULL
#define BPF_F_CURRENT_CPU BPF_F_INDEX_MASK
enum { BPF_F_USER_STACK = 1 << 8, BPF_F_FAST_STACK_CMP = 1 << 9, BPF_F_REUSE_STACKID = 1 << 10 };
enum { BPF_F_SKIP_FIELD_MASK = 0xff, BPF_F_USER_BUILD_ID = 1 << 11 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2, BPF_RB_AVAIL_DATA = 0, BPF_RB_RING_SIZE = 1, BPF_RB_CONS_POS = 2, BPF_RB_PROD_POS = 3 };
enum { IPPROTO_ICMP = 1, IPPROTO_TCP = 6, IPPROTO_UDP = 17, IPPROTO_IPV6 = 41, IPPROTO_ICMPV6 = 58 };
enum {
	TCP_ESTABLISHED = 1, TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_TIME_WAIT, TCP_CLOSE, TCP_CLOSE_WAIT, TCP_LAST_ACK,
	TCP_LISTEN, TCP_CLOSING, TCP_NEW_SYN_RECV,
};
#define TASK_COMM_LEN 16

struct bpf_timer { __u64 __opaque[2]; } __attribute__((aligned(8)));
struct bpf_spin_lock { __u32 val; };
struct bpf_dynptr { __u64 __opaque[2]; } __attribute__((aligned(8)));
struct bpf_iter_num { __u64 __opaque[1]; } __attribute__((aligned(8)));
struct seq_file;

struct trace_entry { unsigned short type; unsigned char flags; unsigned char preempt_count; int pid; };
`;

/** What a lab adds to its kernel. */
export interface LabHeader {
  readonly types: TargetTypes;
  /** Its functions and tracepoints in C. */
  readonly declarations: string;
}

const NO_LAB: LabHeader = { types: new Map(), declarations: '' };

const mapTypes = (): string =>
  `enum bpf_map_type {\n${linuxMapTypes()
    .map((name, number) => `\tBPF_MAP_TYPE_${name.toUpperCase()} = ${number},\n`)
    .join('')}};\n`;

/** The records of tracepoints, as Linux's BTF has them. */
const records = (others: ReadonlySet<string>): string =>
  wellKnownEvents()
    .filter((name) => !others.has(name))
    .map((name) => eventAsC(name, wellKnownEvent(name)!))
    .join('\n');

const INTEGERS: Readonly<Record<number, string>> = { 1: '__u8', 2: '__u16', 4: '__u32', 8: 'unsigned long' };

/** A record in C. */
function eventAsC(name: string, { fields }: TargetStruct): string {
  const members = fields.map(({ name: field, type }) => {
    if (type.kind === 'array' && type.of.kind === 'int')
      return `${type.of.size === 1 ? 'char' : INTEGERS[type.of.size]} ${field}[${type.count}];`;
    if (type.kind !== 'int') return '';
    const unsigned = INTEGERS[type.size]!;
    return `${type.signed ? unsigned.replace('__u', '__s').replace('unsigned ', '') : unsigned} ${field};`;
  });
  return `struct ${name} { struct trace_entry ent; ${members.join(' ')} char __data[0]; };`;
}

/** Adds to the structure of a task what programs read of it and the emulated kernel does not have. */
const withMoreOfTasks = (types: string): string =>
  types.replace(
    /^(struct task_struct \{\n[\s\S]*?)^\};$/m,
    `$1\t${MORE_OF_TASKS.replaceAll('\n', '\n\t')}\n};`,
  );

/** The emulated kernel's types in C, as \`vmlinux.h\` has a kernel's: what a program in C includes first. */
export const vmlinuxHeader = ({ name, arch }: KernelModel, lab: LabHeader = NO_LAB): string => {
  const types = new Map([...kernelTypes(arch), ...lab.types]);
  return `/* Types of tinybpf's kernel ${name}. */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

${PLAIN}
${wellKnownStructures()
  .map((s) => `struct ${s};`)
  .join('\n')}

${mapTypes()}
#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

${tracedTypesAsC(new Set(types.keys()))}
${records(new Set(types.keys()))}

${withMoreOfTasks(typesAsC(types))}
#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif
${lab.declarations}
#endif
`;
};
