// Programs on functions of user space.
#include "../tools/tool.h"

SEC("uprobe//bin/bash:readline") int BPF_KPROBE(entered, const char *prompt)
{
	bpf_printk("readline(%llx)", prompt);
	return 0;
}

SEC("uretprobe/readline") int BPF_KRETPROBE(returned, const char *line)
{
	char text[16] = "";
	bpf_probe_read_user_str(text, sizeof(text), line);
	bpf_printk("readline gave %llx, by 0x%x", line, 5 + bpf_get_attach_cookie(ctx));
	return 0;
}

SEC("usdt/libc.so.6:libc:readline") int probed(struct pt_regs *ctx)
{
	return 0;
}
