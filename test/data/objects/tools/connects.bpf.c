/* Who connects to where: a kprobe that keeps its argument for the kretprobe. */
#include "tool.h"

struct connected { u32 to; u16 port; u8 reuse; int result; char task[16]; };

MAP(sockets, HASH, 256, u32, struct sock *);
EVENTS(connections);

SEC("kprobe/tcp_v4_connect")
int BPF_KPROBE(on_connect, struct sock *sk)
{
	u32 thread = bpf_get_current_pid_tgid();

	return bpf_map_update_elem(&sockets, &thread, &sk, BPF_ANY);
}

SEC("kretprobe/tcp_v4_connect")
int BPF_KRETPROBE(on_connected, int result)
{
	u32 thread = bpf_get_current_pid_tgid();
	struct sock **kept = bpf_map_lookup_elem(&sockets, &thread), *sk;
	struct connected c = { .result = result };

	if (!kept)
		return 0;
	sk = *kept;
	c.to = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	c.port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	c.reuse = BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_reuse);
	bpf_get_current_comm(c.task, sizeof(c.task));
	bpf_perf_event_output(ctx, &connections, BPF_F_CURRENT_CPU, &c, sizeof(c));
	bpf_map_delete_elem(&sockets, &thread);
	return 0;
}
