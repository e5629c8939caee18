/* Functions that are declared and called, and that nobody here provides: one that Linux has, one that it has not. */
#include "bpf.h"
char LICENSE[] SEC("license") = "GPL";

int frobnicate(int n) __ksym;
__u32 bpf_dynptr_copy(const void *dynptr) __ksym;

SEC("syscall") int unknown(void *ctx)
{
	return frobnicate(3);
}

SEC("syscall") int known(void *ctx)
{
	return bpf_dynptr_copy(ctx);
}
