/* Addresses in initial values: of a variable, of an element, of texts, of a map, of a program. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

int on_hit(void *ctx);

__u32 numbers[3] = { 10, 20, 30 };
__u32 *second = &numbers[1];
const char *const words[2] = { "zero", "one" };
const char *word = "a word";
void *map = &counts;
void *program = (void *)on_hit;
struct {
	__u32 *number;
	__u32 left;
} pair = { &numbers[2], 7 };

__u64 sum, letters, same;

SEC("raw_tp/hit")
int on_hit(void *ctx)
{
	__u32 zero = 0;
	const char *volatile *chosen = (const char *volatile *)&words[1];

	sum = *second + *pair.number + pair.left;
	letters = word[2] + ((__u64)(*chosen)[0] << 8);
	same = map == &counts && program;
	return bpf_map_lookup_elem(&counts, &zero) != 0;
}
