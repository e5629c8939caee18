/* Programs of tracepoints on perf, which find a record: struct trace_entry, and after it fields. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

static long (*const bpf_probe_read_kernel)(void *to, __u32 size, const void *from) = (void *)113;

struct trace_entry { short type; unsigned char flags, preempt_count; int pid; };
struct trace_event_raw_sys_enter { struct trace_entry ent; long id; unsigned long args[6]; char __data[0]; } __core;
struct trace_event_raw_sys_exit { struct trace_entry ent; long id; long ret; char __data[0]; } __core;
/* Not as in Linux: fields of other widths, so that the layout can only come from here. */
struct trace_event_raw_sched_process_template {
	struct trace_entry ent;
	char comm[16];
	int pid;
	short prio;
	unsigned char group_dead;
} __core;
struct trace_event_raw_sched_process_exec {
	struct trace_entry ent;
	__u32 __data_loc_filename;
	int pid, old_pid;
	char __data[0];
} __core;

__u64 out[8];
char text[16];

SEC("tp/syscalls/sys_enter_openat")
int enter(struct trace_event_raw_sys_enter *ctx)
{
	out[0] = ctx->id;
	out[1] = ctx->args[0];
	out[2] = ctx->args[5];
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_openat")
int exits(struct trace_event_raw_sys_exit *ctx)
{
	out[0] = ctx->id;
	out[1] = ctx->ret;
	return 0;
}

SEC("tp/sched/sched_process_exit")
int exit_of_process(struct trace_event_raw_sched_process_template *ctx)
{
	out[0] = ctx->pid;
	out[1] = ctx->prio;
	out[2] = ctx->group_dead;
	__builtin_memcpy(text, ctx->comm, sizeof(text));
	return 0;
}

SEC("tp/sched/sched_process_exec")
int exec(struct trace_event_raw_sched_process_exec *ctx)
{
	__u32 place = ctx->__data_loc_filename;

	out[0] = ctx->pid;
	out[1] = ctx->old_pid;
	out[2] = place >> 16;
	bpf_probe_read_kernel(text, sizeof(text), (char *)ctx + (place & 0xffff));
	return 0;
}

/* Without a type: by the offsets that /sys/kernel/tracing/events/sched/sched_switch/format has. */
SEC("tp/sched/sched_switch")
int by_offsets(void *ctx)
{
	out[0] = *(int *)(ctx + 24);  /* prev_pid */
	out[1] = *(long *)(ctx + 32); /* prev_state */
	out[2] = *(int *)(ctx + 56);  /* next_pid */
	__builtin_memcpy(text, ctx + 40, sizeof(text));
	return 0;
}

/* Of a tracepoint that nobody knows, by a type of its own. */
struct own { __u64 unused; __u32 first; __u64 second; unsigned short third[2]; };

SEC("tp/lab/own")
int own(struct own *ctx)
{
	out[0] = ctx->first;
	out[1] = ctx->second;
	out[2] = ctx->third[1];
	return 0;
}

SEC("tp/lab/untyped")
int untyped(void *ctx)
{
	out[0] = *(__u64 *)(ctx + 8);
	out[1] = *(__u32 *)(ctx + 16);
	return 0;
}
