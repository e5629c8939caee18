// Programs of several kinds in one file, of which some are not emulated, and maps that only those use.
#include "../tools/tool.h"

struct {
	__uint(type, 14 /* DEVMAP */);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u32);
} devices SEC(".maps");
struct {
	__uint(type, 18 /* SOCKHASH */);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u64);
} sockets SEC(".maps");
MAP(lengths, ARRAY, 4, u32, u64);

SEC("socket") int filter(struct sk_buff *skb)
{
	u32 key = 0;
	u64 *n = bpf_map_lookup_elem(&lengths, &key);
	if (n)
		*n += 1;
	return 0;
}

SEC("xdp") int redirect(void *ctx)
{
	return bpf_redirect_map(&devices, 1, 0);
}

SEC("sk_skb/stream_verdict") int verdict(void *skb)
{
	u32 key = 0;
	return bpf_sk_redirect_hash(skb, &sockets, &key, 0);
}

SEC("fentry/do_unlinkat") int BPF_PROG(do_unlinkat, int dfd, struct filename *name)
{
	u32 key = 1;
	u64 *n = bpf_map_lookup_elem(&lengths, &key);
	if (n)
		*n += name->refcnt + 1;
	return 0;
}
