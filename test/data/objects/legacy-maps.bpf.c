/* Maps as they were declared before BTF: a structure for each in section `maps`, which an entry begins and a loader may go on. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct bpf_map_def {
	__u32 type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 map_flags;
};

struct bpf_map_def SEC("maps") visits = { .type = HASH, .key_size = 4, .value_size = 8, .max_entries = 16 };
struct bpf_map_def SEC("maps") totals = { .type = ARRAY, .key_size = 4, .value_size = 8, .max_entries = 2 };
struct bpf_map_def SEC("maps") events = { .type = PERF_EVENT_ARRAY, .key_size = 4, .value_size = 4 };

SEC("kprobe/do_unlinkat")
int count(void *ctx)
{
	__u32 key = 7, which = 1;
	__u64 one = 1, *total = bpf_map_lookup_elem(&totals, &which);

	if (total)
		*total += 1;
	bpf_map_update_elem(&visits, &key, &one, 0);
	return bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &one, sizeof(one));
}
