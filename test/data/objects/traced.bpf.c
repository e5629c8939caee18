// Programs named like what they trace, ones that name nothing, and one of a kind that is not emulated.
#include "bpf.h"
char LICENSE[] SEC("license") = "GPL";

__u64 entered, returned, switched, probed;

SEC("fentry/do_unlinkat") int do_unlinkat(__u64 *ctx)
{
	entered = entered * 10 + ctx[0];
	return 0;
}

SEC("fexit/do_unlinkat") int do_unlinkat_exit(__u64 *ctx)
{
	returned = returned * 10 + ctx[2] + 1;
	return 0;
}

SEC("tp_btf/sched_switch") int on_switch(__u64 *ctx)
{
	switched = switched * 10 + ctx[3];
	return 0;
}

SEC("kprobe") int probe(__u64 *regs)
{
	probed = probed * 10 + regs[0];
	return 0;
}

SEC("xdp") int on_packet(void *ctx)
{
	return 2;
}
