// Everybody's first program, as libbpf's users write it; it is compiled with the headers that come with tinybpf.
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

int own_pid, parents, entered;

SEC("fentry/do_unlinkat")
int BPF_PROG(do_unlinkat, int dfd, struct filename *name)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 key = dfd;
	u64 one = 1, *known = bpf_map_lookup_elem(&counts, &key);

	own_pid = BPF_CORE_READ(task, tgid);
	parents = BPF_CORE_READ(task, real_parent) != NULL;
	if (known)
		(*known)++;
	else
		bpf_map_update_elem(&counts, &key, &one, BPF_ANY);
	return 0;
}

SEC("fexit/do_unlinkat")
int BPF_PROG(do_unlinkat_exit, int dfd, struct filename *name, long ret)
{
	bpf_printk("%d of %d: %ld", dfd, 1, ret);
	bpf_printk("%d %d %d %d", dfd, 1, 2, 3);
	return 0;
}

SEC("kprobe/do_unlinkat")
int BPF_KPROBE(unlink_entry, int dfd)
{
	entered = entered * 10 + dfd;
	return 0;
}

SEC("kretprobe/do_unlinkat")
int BPF_KRETPROBE(unlink_return, long ret)
{
	entered = entered * 10 + ret + 1;
	return 0;
}
