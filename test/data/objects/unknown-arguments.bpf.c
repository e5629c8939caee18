// Traces functions of which nobody knows the arguments: one program reads what its function returns, one reads nothing.
#include "bpf.h"
char LICENSE[] SEC("license") = "GPL";

__u64 result, calls;

SEC("fexit/nobody_knows_me") int reads(__u64 *ctx)
{
	result = ctx[1];
	return 0;
}

SEC("fentry/me_neither") int counts(void *ctx)
{
	calls++;
	return 0;
}
