// What tutorials read first: fields of structures that functions of Linux are handed, and macros for every kind of probe.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";
u64 killed, families;

SEC("ksyscall/kill")
int BPF_KSYSCALL(kill_entry, pid_t pid, int sig)
{
	killed = pid * 100 + sig;
	return 0;
}

SEC("uprobe")
int BPF_UPROBE(readline_entry)
{
	return 0;
}

SEC("uretprobe")
int BPF_URETPROBE(readline_return, const char *line)
{
	bpf_printk("%p", line);
	return 0;
}

SEC("tp/sched/sched_process_exec")
int executed(struct trace_event_raw_sched_process_exec *ctx)
{
	bpf_printk("%d executes", ctx->pid);
	return 0;
}

SEC("fentry/vfs_unlink")
int BPF_PROG(unlinked, struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry)
{
	bpf_printk("%s in %lu", BPF_CORE_READ(dentry, d_name.name), dir->i_ino);
	return 0;
}

SEC("kprobe/tcp_v4_connect")
int BPF_KPROBE(connecting, struct sock *sk)
{
	families += BPF_CORE_READ(sk, __sk_common.skc_family) + 1;
	return 0;
}
