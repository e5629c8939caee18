/* Who runs, its user memory, its signals and its registers, as tracing programs ask for them. */
#include "bpf.h"
char LICENSE[] SEC("license") = "GPL";

struct task_struct;
static __u64 (*const bpf_get_current_uid_gid)(void) = (void *)15;
static long (*const bpf_get_current_comm)(void *buf, __u32 size) = (void *)16;
static long (*const bpf_probe_write_user)(void *dst, const void *src, __u32 len) = (void *)36;
static long (*const bpf_send_signal)(__u32 sig) = (void *)109;
static long (*const bpf_probe_read_kernel)(void *dst, __u32 size, const void *from) = (void *)113;
static long (*const bpf_send_signal_thread)(__u32 sig) = (void *)117;
static struct task_struct *(*const bpf_get_current_task_btf)(void) = (void *)158;
static void *(*const bpf_task_pt_regs)(struct task_struct *task) = (void *)175;
static long (*const bpf_copy_from_user_task)(void *dst, __u32 size, const void *from, struct task_struct *task,
					     __u64 flags) = (void *)191;
struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
void bpf_task_release(struct task_struct *p) __ksym;

__u64 user_address;
char comm[16] = "################";
char start[4] = "####";
__u32 pid, uid;
__s64 results[8];
__u64 copied, registers = 1;

SEC("kprobe/do_who") int who(void *ctx)
{
	pid = bpf_get_current_pid_tgid();
	uid = bpf_get_current_uid_gid();
	results[0] = bpf_get_current_comm(comm, sizeof(comm));
	results[1] = bpf_get_current_comm(start, sizeof(start));
	return 0;
}

SEC("raw_tp/do_write") int writes(void *ctx)
{
	__u32 values[16] = {0x01020304};

	results[0] = bpf_probe_write_user((void *)user_address, values, 4);
	results[1] = bpf_probe_write_user((void *)user_address, values, sizeof(values));
	results[2] = bpf_probe_write_user(&copied, values, 4);
	return 0;
}

SEC("tp_btf/do_signal") int signals(void *ctx)
{
	results[0] = bpf_send_signal(9);
	results[1] = bpf_send_signal_thread(64);
	results[2] = bpf_send_signal(65);
	results[3] = bpf_send_signal(0);
	return 0;
}

SEC("fentry.s/do_copy") int copies(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	results[0] = bpf_copy_from_user_task(&copied, 8, (void *)user_address, task, 0);
	results[1] = bpf_copy_from_user_task(&copied, 8, (void *)user_address, task, 1);
	results[2] = bpf_copy_from_user_task(&copied, 0, 0, task, 0);
	bpf_probe_read_kernel(&registers, 8, bpf_task_pt_regs(task));
	task = bpf_task_acquire(task);
	results[3] = task != 0;
	if (task)
		bpf_task_release(task);
	return 0;
}
