/* Programs that share static and global functions, directly and as a callback. */
#include "bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

__u64 sum;
static volatile __u64 steps;

static __attribute__((noinline)) __u64 inner(__u64 x)
{
	steps++;
	return x * x;
}

static __attribute__((noinline)) __u64 outer(__u64 x)
{
	return inner(x) + inner(x + 1);
}

__attribute__((noinline)) int global(int x)
{
	sum += x;
	return x;
}

static long callback(__u32 i, void *ctx)
{
	sum += outer(i);
	return 0;
}

SEC("fentry/bpf_fentry_test1")
int direct(void *ctx)
{
	return outer(global(1));
}

SEC("tc")
int twice(void *ctx)
{
	return global(3) + global(4);
}

SEC("?fexit/bpf_fentry_test1")
int loops(void *ctx)
{
	bpf_loop(10, callback, (void *)0, 0);
	return global(2);
}
