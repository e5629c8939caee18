/* How long tasks wait for a CPU: tracepoints of the scheduler, whose field for a task's state has had two names. */
#include "tool.h"

struct task_struct___early { long state; } __attribute__((preserve_access_index));
struct task_struct___late { unsigned int __state; } __attribute__((preserve_access_index));

struct waits { u64 count, sum; char task[16]; };

MAP(ready, HASH, 1024, u32, u64);
MAP(waited, HASH, 128, u32, struct waits);

static int enqueue(struct task_struct *task)
{
	u32 pid = BPF_CORE_READ(task, pid);
	u64 now = bpf_ktime_get_ns();

	return pid == 0 ? 0 : bpf_map_update_elem(&ready, &pid, &now, BPF_ANY);
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct *task)
{
	return enqueue(task);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	u32 pid = next->pid;
	struct waits *w, first = {};
	u64 *then;
	long state;

	if (bpf_core_field_exists(struct task_struct___late, __state))
		state = ((struct task_struct___late *)prev)->__state;
	else
		state = ((struct task_struct___early *)prev)->state;
	if (state == 0)
		enqueue(prev);
	then = bpf_map_lookup_elem(&ready, &pid);
	if (!then)
		return 0;
	bpf_map_update_elem(&waited, &pid, &first, BPF_NOEXIST);
	w = bpf_map_lookup_elem(&waited, &pid);
	if (w) {
		w->count++;
		w->sum += bpf_ktime_get_ns() - *then;
		bpf_probe_read_kernel_str(w->task, sizeof(w->task), next->comm);
	}
	bpf_map_delete_elem(&ready, &pid);
	return 0;
}
