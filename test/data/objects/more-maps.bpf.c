/* Types of maps that tracing programs use besides hash maps and arrays. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, STACK_TRACE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
	__uint(max_entries, 1024);
} stacks SEC(".maps");
struct {
	__uint(type, LRU_PERCPU_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");
struct {
	__uint(type, QUEUE);
	__uint(max_entries, 4);
	__type(value, __u64);
} waiting SEC(".maps");
struct {
	__uint(type, STACK);
	__uint(max_entries, 4);
	__type(value, __u64);
} pile SEC(".maps");
struct {
	__uint(type, CGROUP_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 1);
} groups SEC(".maps");

__s64 id = -1, bytes, popped, under;
__u64 frames[4], value;

SEC("fentry/do_unlinkat")
int on_unlink(void *ctx)
{
	__u32 key = 3;
	__u64 one = 1, *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		*count += 1;
	else
		bpf_map_update_elem(&counts, &key, &one, 0);
	id = bpf_get_stackid(ctx, &stacks, 0);
	bytes = bpf_get_stack(ctx, frames, sizeof(frames), 0);
	one = id;
	bpf_map_push_elem(&waiting, &one, 0);
	one = bytes;
	bpf_map_push_elem(&pile, &one, 2);
	popped = bpf_map_pop_elem(&waiting, &value);
	popped += bpf_map_peek_elem(&pile, &one);
	under = bpf_current_task_under_cgroup(&groups, 0);
	return 0;
}
