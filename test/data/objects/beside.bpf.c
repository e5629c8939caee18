/* What libbpf does not take, and can be run all the same: a static function and a .bss of their own sections. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

__u64 later SEC(".bss.later");

SEC("tc") static __attribute__((noinline)) int beside(int x)
{
	later += x;
	return x;
}

SEC("tc")
int calls_beside(void *ctx)
{
	return beside(3);
}
