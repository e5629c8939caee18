/* How long block requests take, by disk: raw tracepoints with types, and kernels that keep the disk in different places. */
#include "tool.h"

struct request_queue___late { struct gendisk *disk; } __attribute__((preserve_access_index));
struct request___early { struct gendisk *rq_disk; } __attribute__((preserve_access_index));
struct request___late { struct request_queue___late *q; } __attribute__((preserve_access_index));

MAP(issued, HASH, 1024, struct request *, u64);
MAP(total, HASH, 64, u32, u64);

SEC("tp_btf/block_rq_issue")
int BPF_PROG(on_issue, struct request *rq)
{
	u64 now = bpf_ktime_get_ns();

	return bpf_map_update_elem(&issued, &rq, &now, BPF_ANY);
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(on_complete, struct request *rq, int error, unsigned int bytes)
{
	u64 *then = bpf_map_lookup_elem(&issued, &rq), took, *sum;
	struct gendisk *disk;
	u32 key;

	if (!then)
		return 0;
	took = bpf_ktime_get_ns() - *then;
	if (bpf_core_field_exists(struct request___early, rq_disk))
		disk = BPF_CORE_READ((struct request___early *)rq, rq_disk);
	else
		disk = BPF_CORE_READ((struct request___late *)rq, q, disk);
	key = BPF_CORE_READ(disk, major) << 20 | BPF_CORE_READ(disk, first_minor);
	sum = bpf_map_lookup_elem(&total, &key);
	if (sum)
		__sync_fetch_and_add(sum, took);
	else
		bpf_map_update_elem(&total, &key, &took, BPF_NOEXIST);
	bpf_map_delete_elem(&issued, &rq);
	return 0;
}
