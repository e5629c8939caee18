// Sizes that user space sets, a map that takes more than there is, and programs on user space, which is not emulated.
#include "../tools/tool.h"

struct allocation { u64 size, at; int stack; };
MAP(allocations, HASH, 1000000, u64, struct allocation);
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__type(key, u32);
} stacks SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, u32);
	__type(value, u64);
} sizes SEC(".maps");

static int allocated(void *ctx, u64 address, u64 size)
{
	struct allocation one = { .size = size, .at = bpf_ktime_get_ns() };
	u32 cpu = bpf_get_smp_processor_id();
	one.stack = bpf_get_stackid(ctx, &stacks, 0);
	bpf_map_update_elem(&sizes, &cpu, &size, BPF_ANY);
	return bpf_map_update_elem(&allocations, &address, &one, BPF_ANY);
}

SEC("uprobe") int BPF_KPROBE(on_malloc, u64 size)
{
	return allocated(ctx, 0, size);
}

SEC("tp/kmem/kmalloc") int on_kmalloc(u64 *record)
{
	return allocated(record, record[2], record[4]);
}
