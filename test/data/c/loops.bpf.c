// Loops by iterators, storage of a task, the record of a tracepoint, and fields of a task that the emulated kernel does not have.
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";
int sum, rounds, states;
u64 started = 1, last;

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} switches SEC(".maps");

SEC("tp_btf/sched_switch") int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	u64 *value = bpf_task_storage_get(&switches, prev, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	int i;

	if (value)
		last = *value += 1;
	bpf_for(i, 3, 6)
		sum += i;
	bpf_repeat(4)
		rounds++;
	started = BPF_CORE_READ(prev, mm, exe_file, f_inode, i_ino) + BPF_CORE_READ(next, start_time);
	return 0;
}

SEC("tp/sock/inet_sock_set_state") int on_state(struct trace_event_raw_inet_sock_set_state *ctx)
{
	if (ctx->newstate == TCP_LISTEN && ctx->protocol == IPPROTO_TCP)
		states++;
	return 0;
}
