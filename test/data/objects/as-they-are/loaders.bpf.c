// What programs leave to their loader and to the kernel that they meet; and names that the kernel's own code might have.
#include "../tools/tool.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
} unsized SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1000);
} uneven SEC(".maps");

extern int LINUX_KERNEL_VERSION __kconfig;

u64 seen[8];

// The argument moved when the first one, a queue, was taken away in 5.11.
SEC("tp_btf/block_rq_issue")
int by_version(u64 *ctx)
{
	struct request *rq = (void *)ctx[LINUX_KERNEL_VERSION < 0x50b00];

	seen[0] = rq->__data_len + 7;
	return 0;
}

struct trace_event_raw_block_rq_completion___x {
	u32 dev;
	u64 sector;
	u32 nr_sector;
} __attribute__((preserve_access_index));

struct trace_event_raw_block_rq_complete___x {
	u32 dev;
	u64 sector;
	u32 nr_sector;
} __attribute__((preserve_access_index));

SEC("tp/block/block_rq_complete")
int by_class(void *ctx)
{
	if (bpf_core_type_exists(struct trace_event_raw_block_rq_completion___x)) {
		struct trace_event_raw_block_rq_completion___x *event = ctx;

		seen[1] = BPF_CORE_READ(event, sector);
		bpf_printk("event of %d sectors from %d", BPF_CORE_READ(event, nr_sector), seen[1]);
	} else {
		struct trace_event_raw_block_rq_complete___x *event = ctx;

		seen[3] = BPF_CORE_READ(event, sector);
	}
	return 0;
}

SEC("fexit/bpf_fentry_test1")
int fexit(void *ctx)
{
	u64 *record = bpf_ringbuf_reserve(&unsized, 16, 0);

	if (record) {
		record[0] = 1;
		bpf_ringbuf_submit(record, 0);
		seen[4]++;
	}
	return 0;
}

SEC("fentry/bpf_fentry_test1")
int skip1(void *ctx)
{
	seen[5]++;
	bpf_ringbuf_output(&uneven, &seen[5], 8, 0);
	return 0;
}

SEC("kprobe/bpf_fentry_test1")
int busy_entry(void *ctx)
{
	seen[6]++;
	return 0;
}

SEC("kretprobe/bpf_fentry_test1")
int done_return(void *ctx)
{
	seen[7]++;
	return 0;
}

