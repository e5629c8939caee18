/* What a program of user space does before and while such an object runs: sizes, constants, perf buffers. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, HASH);
	__type(key, __u32);
	__type(value, __u64);
} start SEC(".maps");

struct {
	__uint(type, PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} events SEC(".maps");

const volatile __u32 targ_pid;
const volatile __u32 thresholds[3] = { 10, 20, 30 };
__u64 seen = 5;
__s64 result;

struct event {
	__u32 pid;
	char what[7];
};

SEC("raw_tp/sched_process_exit")
int on_exit(void *ctx)
{
	__u32 pid = (__u32)bpf_get_current_pid_tgid();
	__u64 now = thresholds[2];
	struct event event = { .pid = pid, .what = "exited" };

	if (targ_pid && pid != targ_pid)
		return 0;
	seen += 1;
	bpf_map_update_elem(&start, &pid, &now, 0);
	result = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, 11);
	return 0;
}
