/* How long files live: a function whose argument has moved, and the name of a file that two pointers lead to. */
#include "tool.h"

struct lived { char name[32], task[16]; u64 ns; };

MAP(created, HASH, 1024, struct dentry *, u64);
EVENTS(lives);

SEC("kprobe/vfs_create")
int BPF_KPROBE(on_create, void *first, void *second, void *third)
{
	struct dentry *file = third;
	u64 now = bpf_ktime_get_ns();

	return bpf_map_update_elem(&created, &file, &now, BPF_ANY);
}

SEC("kprobe/vfs_unlink")
int BPF_KPROBE(on_unlink, void *first, void *second, struct dentry *file)
{
	u64 *then = bpf_map_lookup_elem(&created, &file);
	struct lived l = {};

	if (!then)
		return 0;
	l.ns = bpf_ktime_get_ns() - *then;
	bpf_probe_read_kernel_str(l.name, sizeof(l.name), BPF_CORE_READ(file, d_name.name));
	bpf_get_current_comm(l.task, sizeof(l.task));
	bpf_perf_event_output(ctx, &lives, BPF_F_CURRENT_CPU, &l, sizeof(l));
	bpf_map_delete_elem(&created, &file);
	return 0;
}
