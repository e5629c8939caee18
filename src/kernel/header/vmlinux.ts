// cspell:disable: names as the kernel spells them.

import type { TargetTypes } from '../../object/core/target.js';
import { wellKnownStructures } from '../attach/well-known.js';
import { kernelTypes } from '../layout.js';
import { MAP_TYPES } from '../map/types.js';
import type { KernelModel } from '../model.js';
import { typesAsC } from './c-types.js';
import { tracedTypesAsC } from './traced-types.js';

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
#ifndef NULL
#define NULL ((void *)0)
#endif

/* How an element is updated, and where records of a perf buffer go. */
enum { BPF_ANY = 0, BPF_NOEXIST = 1, BPF_EXIST = 2, BPF_F_LOCK = 4 };
enum { BPF_F_NO_PREALLOC = 1, BPF_F_MMAPABLE = 1 << 10 };
#define BPF_F_INDEX_MASK 0xffffffffULL
#define BPF_F_CURRENT_CPU BPF_F_INDEX_MASK
enum { BPF_F_USER_STACK = 1 << 8, BPF_F_FAST_STACK_CMP = 1 << 9, BPF_F_REUSE_STACKID = 1 << 10 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
#define TASK_COMM_LEN 16

struct bpf_timer { __u64 __opaque[2]; } __attribute__((aligned(8)));
struct bpf_spin_lock { __u32 val; };
struct seq_file;

struct trace_entry { unsigned short type; unsigned char flags; unsigned char preempt_count; int pid; };
struct trace_event_raw_sys_enter { struct trace_entry ent; long id; unsigned long args[6]; char __data[0]; };
struct trace_event_raw_sys_exit { struct trace_entry ent; long id; long ret; char __data[0]; };
`;

/** What a lab adds to its kernel. */
export interface LabHeader {
  readonly types: TargetTypes;
  /** Its functions and tracepoints in C. */
  readonly declarations: string;
}

const NO_LAB: LabHeader = { types: new Map(), declarations: '' };

const mapTypes = (): string =>
  `enum bpf_map_type {\n${Object.entries(MAP_TYPES)
    .map(([name, { number }]) => `\tBPF_MAP_TYPE_${name.toUpperCase()} = ${number},\n`)
    .join('')}};\n`;

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

${typesAsC(types)}
#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif
${lab.declarations}
#endif
`;
};
