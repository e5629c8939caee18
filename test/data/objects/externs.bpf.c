/* What a program can expect of the kernel by name. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

extern int bpf_kfunc_common_test(void) __ksym;
extern int bpf_maybe(int x) __ksym __weak;
extern const int runqueues __ksym;
extern const int perhaps __ksym __weak;
extern int CONFIG_HZ __kconfig;

SEC("kprobe/f")
int all(void *ctx)
{
	if (&perhaps)
		return bpf_maybe(*(volatile int *)&perhaps);
	return bpf_kfunc_common_test() + *(volatile int *)&runqueues + CONFIG_HZ;
}
