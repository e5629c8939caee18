// A program on a USDT probe, whose arguments it names. cspell:ignore setjmp
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>
char LICENSE[] SEC("license") = "GPL";
SEC("usdt/libc.so.6:libc:setjmp") int BPF_USDT(on_jump, void *place, int value, void *pc)
{
	bpf_printk("jump to %llx with %d", place, value);
	bpf_printk("from %llx, cookie %d", pc, bpf_usdt_cookie(ctx));
	return bpf_usdt_arg_cnt(ctx);
}
