// Probes compiled for x86-64, whose registers lie elsewhere: `-D__TARGET_ARCH_x86`.
#include "../tools/tool.h"

u64 seen;

SEC("kprobe/do_unlinkat") int BPF_KPROBE(enter, int dfd, struct filename *name)
{
	seen = (u64)name;
	bpf_printk("unlink in %d of %llx", dfd, name);
	return 0;
}

SEC("kretprobe/do_unlinkat") int BPF_KRETPROBE(leave, long result)
{
	bpf_printk("gave %ld", result);
	return 0;
}
