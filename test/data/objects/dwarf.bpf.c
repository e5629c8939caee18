/* Programs whose prototypes only DWARF has: as BPF_PROG makes them, of functions and tracepoints that nobody knows. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* What bpf_tracing.h does: the program itself has the context, an inlined function has the arguments. */
#define PROG(name, arguments, ...)                                                          \
	name(__u64 *ctx);                                                                    \
	static inline __attribute__((always_inline)) int ____##name(__u64 *ctx, ##__VA_ARGS__); \
	int name(__u64 *ctx) { return ____##name arguments; }                                \
	static inline __attribute__((always_inline)) int ____##name(__u64 *ctx, ##__VA_ARGS__)
#define ARG(type, i) (type)ctx[i]

struct request;
__u64 out[8];

SEC("fentry/unlisted")
int PROG(enters, (ctx, ARG(int, 0), ARG(struct request *, 1)), int first, struct request *second)
{
	out[0] = first;
	out[1] = (__u64)second;
	return 0;
}

SEC("fexit/unlisted")
int PROG(leaves, (ctx, ARG(int, 0), ARG(struct request *, 1), ARG(unsigned long, 2), ARG(long, 3)), int first,
	 struct request *second, unsigned long third, long ret)
{
	out[2] = third;
	out[3] = ret + 40;
	return 0;
}

SEC("tp_btf/unlisted_event")
int PROG(fires, (ctx, ARG(int, 0), ARG(int, 1)), int a, int b)
{
	out[4] = a + b;
	return 0;
}

SEC("fexit/said_nowhere")
int says_nothing(__u64 *ctx)
{
	return 0;
}
