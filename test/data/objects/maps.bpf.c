/* Kinds of maps and of global data. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct bpf_timer {
	__u64 __opaque[2];
} __attribute__((aligned(8)));
struct triple {
	__u32 a, b, c;
};
struct value {
	__u32 n;
	struct bpf_timer timer;
};

int first(void *ctx);
int second(void *ctx);

struct {
	__uint(type, PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int(void *));
} jumps SEC(".maps") = { .values = { [1] = (void *)&first, [3] = (void *)&second } };

struct inner_map {
	__uint(type, ARRAY);
	__uint(max_entries, 7);
	__type(key, int);
	__type(value, __u64);
} inner_a SEC(".maps"), inner_b SEC(".maps");

struct {
	__uint(type, ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, int);
	__array(values, struct inner_map);
} outer SEC(".maps") = { .values = { (void *)&inner_b, (void *)&inner_a } };

struct {
	__uint(type, HASH);
	__uint(max_entries, 1000);
	__uint(map_flags, 1);
	__type(key, struct triple);
	__type(value, struct value);
} timed SEC(".maps");

struct {
	__uint(type, ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 24);
} sized SEC(".maps");

enum colour { RED, GREEN = 5, BLUE = -1 };

const volatile __u32 limit = 40;
const char text[6] = "hello";
__s64 negative = -7;
short shorts[3] = { 1, -2, 3 };
_Bool flag = 1;
enum colour colour = BLUE;
void *pointer;
struct value pair[2];
__u32 matrix[3][4];
__u64 counters[2] SEC(".data.counters") = { 11, 12 };

SEC("raw_tp/first")
int first(void *ctx)
{
	bpf_tail_call(ctx, &jumps, 3);
	counters[1] += limit + text[1];
	return 0;
}

SEC("raw_tp/second")
int second(void *ctx)
{
	int key = 1;
	void *map = bpf_map_lookup_elem(&outer, &key);
	struct triple k = { 1, 2, 3 };

	bpf_map_lookup_elem(&timed, &k);
	bpf_map_lookup_elem(&sized, &key);
	if (!map)
		return 0;
	negative += shorts[2] + flag + colour + matrix[1][2] + pair[1].n + (__u64)pointer;
	return 1;
}
