// Kprobes on system calls by their names, which depend on the architecture, and what libbpf tells of the kernel.
#include "../tools/tool.h"

extern int LINUX_KERNEL_VERSION __kconfig;
extern int CONFIG_HZ __kconfig;
extern _Bool CONFIG_BPF_SYSCALL __kconfig;
extern enum libbpf_tristate CONFIG_MODULES __kconfig;
extern char CONFIG_SMP __kconfig;
extern _Bool CONFIG_NO_SUCH_OPTION __kconfig __weak;
extern unsigned long CONFIG_UNHEARD_OF __kconfig;

u64 version, options, unheard;
int last = -1;

SEC("ksyscall/unlinkat") int BPF_KSYSCALL(enter, int fd, const char *path, int flag)
{
	version = LINUX_KERNEL_VERSION;
	options = CONFIG_HZ * 1000 + CONFIG_BPF_SYSCALL * 100 + (CONFIG_MODULES == TRI_YES) * 10 + (CONFIG_SMP == 'y');
	if (CONFIG_NO_SUCH_OPTION)
		options = 0;
	unheard = CONFIG_UNHEARD_OF;
	last = fd;
	return 0;
}

SEC("kretsyscall/unlinkat") int BPF_KRETPROBE(leave, int ret)
{
	bpf_printk("unlinkat of %d gave %d", last, ret);
	return 0;
}
