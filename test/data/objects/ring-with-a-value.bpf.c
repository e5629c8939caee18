/* A declaration that one loader takes and the kernel does not: a ring buffer that says what its records are. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct event {
	int pid;
};
struct {
	__uint(type, RINGBUF);
	__uint(max_entries, 4096);
	__type(value, struct event);
} records SEC(".maps");
struct {
	__uint(type, SK_STORAGE);
	__uint(map_flags, 1);
	__type(key, int);
	__type(value, __u64);
} sockets SEC(".maps");

SEC("raw_tp/sched_process_exit")
int on_exit(void *ctx)
{
	struct event event = { 1 };

	return bpf_ringbuf_output(&records, &event, sizeof(event), 0) + (bpf_map_lookup_elem(&sockets, &event) != 0);
}
