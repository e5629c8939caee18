/* Maps of maps as clang has them: what is in them is declared by a structure, and some are there from the beginning. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct counts {
	__uint(type, ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} first SEC(".maps"), second SEC(".maps");

struct {
	__uint(type, ARRAY_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, __u32);
	__array(values, struct counts);
} row SEC(".maps") = { .values = { &first, 0, &second } };

struct {
	__uint(type, HASH_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
	__array(values, struct counts);
} named SEC(".maps");

struct prefix {
	__u32 bits;
	unsigned char bytes[4];
};
struct {
	__uint(type, LPM_TRIE);
	__uint(map_flags, 1);
	__uint(max_entries, 16);
	__type(key, struct prefix);
	__type(value, __u64);
} routes SEC(".maps");

SEC("raw_tp/hit")
int count(void *ctx)
{
	__u32 index = 2, zero = 0;
	void *inner = bpf_map_lookup_elem(&row, &index);
	__u64 *value = inner ? bpf_map_lookup_elem(inner, &zero) : 0;
	struct prefix address = { 32, { 10, 1, 2, 3 } };
	__u64 *route = bpf_map_lookup_elem(&routes, &address);

	if (value)
		*value += route ? *route : 1;
	inner = bpf_map_lookup_elem(&named, &index);
	value = inner ? bpf_map_lookup_elem(inner, &zero) : 0;
	if (value)
		*value += 100;
	return 0;
}
