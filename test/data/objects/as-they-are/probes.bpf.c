// What a USDT probe is handed, by libbpf's own macros.
#include "../tools/tool.h"
#include <bpf/usdt.bpf.h>

SEC("usdt/libc.so.6:libc:setjmp") int BPF_USDT(on_jump, void *place, int value, void *pc)
{
	bpf_printk("jump to %llx with %d", place, value);
	bpf_printk("from %llx, cookie %d", pc, bpf_usdt_cookie(ctx));
	return bpf_usdt_arg_cnt(ctx);
}
