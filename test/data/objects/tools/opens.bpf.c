/* Who opens which file: classic tracepoints of system calls, and records through perf. */
#include "tool.h"

struct pending { const char *path; int flags; };
struct opened { char path[64], task[16]; u32 pid, uid; int result, flags; };

const volatile u32 only_pid = 0;
MAP(waiting, HASH, 256, u32, struct pending);
EVENTS(opened_files);

static __always_inline int enter(const char *path, int flags)
{
	u64 id = bpf_get_current_pid_tgid();
	u32 thread = id;
	struct pending p = { path, flags };

	if (only_pid != 0 && only_pid != id >> 32)
		return 0;
	return bpf_map_update_elem(&waiting, &thread, &p, BPF_ANY);
}

SEC("tracepoint/syscalls/sys_enter_open")
int enter_open(struct trace_event_raw_sys_enter *ctx)
{
	return enter((const char *)ctx->args[0], ctx->args[1]);
}

SEC("tracepoint/syscalls/sys_enter_openat")
int enter_openat(struct trace_event_raw_sys_enter *ctx)
{
	return enter((const char *)ctx->args[1], ctx->args[2]);
}

SEC("tracepoint/syscalls/sys_exit_openat")
int exit_openat(struct trace_event_raw_sys_exit *ctx)
{
	u32 thread = bpf_get_current_pid_tgid();
	struct pending *p = bpf_map_lookup_elem(&waiting, &thread);
	struct opened o = {};

	if (!p)
		return 0;
	o.pid = thread;
	o.uid = bpf_get_current_uid_gid();
	o.result = ctx->ret;
	o.flags = p->flags;
	bpf_get_current_comm(o.task, sizeof(o.task));
	bpf_probe_read_user_str(o.path, sizeof(o.path), p->path);
	bpf_perf_event_output(ctx, &opened_files, BPF_F_CURRENT_CPU, &o, sizeof(o));
	bpf_map_delete_elem(&waiting, &thread);
	return 0;
}
