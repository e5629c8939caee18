/* Which programs are started, by whom, and how they end: a ring buffer, and a string after the fields of a record. */
#include "tool.h"

struct started { u32 pid, parent; int code; char task[16], path[64]; };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} programs SEC(".maps");

SEC("tp/sched/sched_process_exec")
int on_exec(struct trace_event_raw_sched_process_exec *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct started *s = bpf_ringbuf_reserve(&programs, sizeof(*s), 0);

	if (!s)
		return 0;
	s->pid = ctx->pid;
	s->parent = BPF_CORE_READ(task, real_parent, tgid);
	s->code = 0;
	bpf_get_current_comm(s->task, sizeof(s->task));
	bpf_probe_read_str(s->path, sizeof(s->path), (void *)ctx + (ctx->__data_loc_filename & 0xffff));
	bpf_ringbuf_submit(s, 0);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int on_exit(struct trace_event_raw_sched_process_template *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct started s = { .pid = ctx->pid };

	s.code = BPF_CORE_READ(task, exit_code) >> 8;
	bpf_ringbuf_output(&programs, &s, sizeof(s), 0);
	return 0;
}
