// Loads through addresses of the kernel's objects, which read 0 where there is nothing; and through others, which fault.
#include "bpf.h"
char LICENSE[] SEC("license") = "GPL";

struct link {
	struct link *next;
	int number;
	short part;
	signed char small;
} __core;
struct task_struct {
	struct link *links;
	int pid;
} __core;
static struct task_struct *(*const current)(void) = (void *)158;

struct {
	__uint(type, ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} slots SEC(".maps");

__s64 out[8];
__u32 far = 1;

/* Each size, and a walk of three steps. */
SEC("fentry/given") int sizes(__u64 *ctx)
{
	struct link *l = (struct link *)ctx[0];
	out[0] = l->number - 1;
	out[1] = l->part + 2;
	out[2] = l->small - 3;
	out[3] = (__s64)l->next->next->next + 4;
	out[4] = 5;
	return 0;
}

static __attribute__((noinline)) int number(struct link *l)
{
	return l->next->number;
}

/* Handed to a function, and kept on the stack over a call. */
SEC("fexit/given") int handed(__u64 *ctx)
{
	struct link *volatile kept = (struct link *)ctx[0];
	struct link *result = (struct link *)ctx[1];
	__u64 now = bpf_ktime_get_ns();
	out[5] = number(kept) + number(result) + (now == 0) + 6;
	return 0;
}

struct walk {
	struct link *at;
	__s64 sum;
};

static int step(__u32 i, struct walk *w)
{
	w->sum += w->at->number + i;
	return 0;
}

/* Handed to a callback by way of the caller's stack. */
SEC("tp_btf/given") int called_back(__u64 *ctx)
{
	struct walk w = { .at = (struct link *)ctx[0] };
	bpf_loop(4, step, &w, 0);
	out[6] = w.sum + 7;
	return 0;
}

/* From a helper, in a program whose arguments are numbers. */
SEC("kprobe/given") int of_task(void *ctx)
{
	out[7] = current()->links->number + 8;
	return 0;
}

/* These are ordinary mistakes. */
SEC("kprobe/number") int of_register(__u64 *regs)
{
	return ((struct link *)regs[0])->number;
}

SEC("raw_tp/number") int of_number(__u64 *ctx)
{
	return ((struct link *)ctx[0])->number;
}

SEC("fentry/element") int of_element(__u64 *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&slots, &key);
	return value == 0 ? 0 : value[far];
}

SEC("fentry/written") int writes(__u64 *ctx)
{
	((struct link *)ctx[0])->number = 1;
	return 0;
}
