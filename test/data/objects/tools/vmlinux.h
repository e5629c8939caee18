/* Types of the kernel as bpftool would print them, as far as the programs of this folder use them. */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
typedef unsigned char __u8; typedef short __s16; typedef unsigned short __u16; typedef int __s32; typedef unsigned int __u32; typedef long long __s64; typedef unsigned long long __u64;
typedef __u8 u8; typedef __u16 u16; typedef __u32 u32; typedef __u64 u64; typedef __s32 s32; typedef __s64 s64;
typedef __u16 __be16; typedef __u32 __be32; typedef __u64 __be64; typedef __u32 __wsum; typedef __u16 __sum16;
typedef _Bool bool; typedef int pid_t; typedef u32 uid_t; typedef unsigned long size_t; typedef u64 sector_t; typedef u32 dev_t; typedef unsigned short umode_t; typedef long ssize_t; typedef long long loff_t; typedef u32 blk_opf_t;
enum { false = 0, true = 1 };
enum bpf_map_type { BPF_MAP_TYPE_UNSPEC, BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_PROG_ARRAY, BPF_MAP_TYPE_PERF_EVENT_ARRAY, BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_STACK_TRACE, BPF_MAP_TYPE_CGROUP_ARRAY, BPF_MAP_TYPE_LRU_HASH, BPF_MAP_TYPE_RINGBUF = 27 };
enum { BPF_ANY = 0, BPF_NOEXIST = 1, BPF_EXIST = 2 };
enum { BPF_F_CURRENT_CPU = 0xffffffffULL };
struct trace_entry { short unsigned int type; unsigned char flags; unsigned char preempt_count; int pid; };
struct trace_event_raw_sys_enter { struct trace_entry ent; long int id; long unsigned int args[6]; char __data[0]; };
struct trace_event_raw_sys_exit { struct trace_entry ent; long int id; long int ret; char __data[0]; };
struct trace_event_raw_sched_process_template { struct trace_entry ent; char comm[16]; pid_t pid; int prio; char __data[0]; };
struct trace_event_raw_sched_process_exec { struct trace_entry ent; u32 __data_loc_filename; pid_t pid; pid_t old_pid; char __data[0]; };
struct trace_event_raw_sched_wakeup_template { struct trace_entry ent; char comm[16]; pid_t pid; int prio; int target_cpu; char __data[0]; };
struct trace_event_raw_sched_switch { struct trace_entry ent; char prev_comm[16]; pid_t prev_pid; int prev_prio; long prev_state; char next_comm[16]; pid_t next_pid; int next_prio; char __data[0]; };
struct thread_info { unsigned long flags; u64 syscall_work; u32 status; u32 cpu; };
struct mm_struct { struct { unsigned long arg_start, arg_end; int map_count; }; };
struct nsproxy; 
struct signal_struct { int nr_threads; u64 utime; };
struct task_struct { struct thread_info thread_info; unsigned int __state; void *stack; unsigned int flags; int prio; pid_t pid; pid_t tgid; struct task_struct *real_parent; struct task_struct *parent; struct task_struct *group_leader; u64 start_time; int exit_code; char comm[16]; struct nsproxy *nsproxy; struct mm_struct *mm; struct signal_struct *signal; };
struct qstr { union { struct { u32 hash; u32 len; }; u64 hash_len; }; const unsigned char *name; };
struct super_block { dev_t s_dev; };
struct inode { umode_t i_mode; unsigned long i_ino; struct super_block *i_sb; loff_t i_size; };
struct dentry { unsigned int d_flags; struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; unsigned char d_iname[32]; };
struct path { void *mnt; struct dentry *dentry; };
struct file { unsigned int f_flags; struct path f_path; struct inode *f_inode; };
struct filename { const char *name; const char *uptr; int refcnt; };
struct gendisk { int major; int first_minor; int minors; };
struct request_queue { struct gendisk *disk; };
struct request { struct request_queue *q; unsigned int cmd_flags; unsigned int __data_len; sector_t __sector; struct block_device *part; };
struct block_device { sector_t bd_start_sect; dev_t bd_dev; };
struct sock_common { union { struct { __be32 skc_daddr; __be32 skc_rcv_saddr; }; }; union { struct { __be16 skc_dport; __u16 skc_num; }; }; unsigned short skc_family; volatile unsigned char skc_state; unsigned char skc_reuse : 4; };
struct sock { struct sock_common __sk_common; u32 sk_mark; };
struct inode_operations; struct user_namespace; struct mnt_idmap; struct open_how; struct linux_binprm { const char *filename; int argc; };
#if defined(__TARGET_ARCH_x86)
struct pt_regs { unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss; };
#endif
#if defined(__TARGET_ARCH_arm64)
struct user_pt_regs { u64 regs[31]; u64 sp; u64 pc; u64 pstate; };
struct pt_regs { union { struct user_pt_regs user_regs; struct { u64 regs[31]; u64 sp; u64 pc; u64 pstate; }; }; };
#endif
struct vm_area_struct { unsigned long vm_start, vm_end; };
struct sk_buff { unsigned int len; };
#pragma clang attribute pop
#endif
