/* A map's value with a pointer to one of the kernel's objects, which programs may read but not write. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct task_struct;

struct {
	__uint(type, ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct {
		__u64 runs;
		struct task_struct __attribute__((btf_type_tag("kptr"))) *task;
	});
} kept SEC(".maps");

SEC("fentry/bpf_fentry_test1")
int reads(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&kept, &key);
	if (value && value[1])
		value[0] += 1;
	return 0;
}

SEC("fentry/bpf_fentry_test2")
int writes(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&kept, &key);
	if (value)
		value[1] = value[0];
	return 0;
}
