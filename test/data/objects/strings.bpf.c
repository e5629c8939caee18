/* Helpers that read and write memory by address, and those that print and parse. */
#include "bpf.h"
char LICENSE[] SEC("license") = "GPL";

static long (*const bpf_probe_read)(void *dst, __u32 size, const void *from) = (void *)4;
static long (*const bpf_probe_read_str)(void *dst, __u32 size, const void *from) = (void *)45;
static long (*const bpf_strtol)(const char *buf, unsigned long len, __u64 flags, __s64 *res) = (void *)105;
static long (*const bpf_strtoul)(const char *buf, unsigned long len, __u64 flags, __u64 *res) = (void *)106;
static long (*const bpf_probe_read_kernel)(void *dst, __u32 size, const void *from) = (void *)113;
static long (*const bpf_probe_read_user_str)(void *dst, __u32 size, const void *from) = (void *)114;
static long (*const bpf_probe_read_kernel_str)(void *dst, __u32 size, const void *from) = (void *)115;
static long (*const bpf_snprintf)(char *str, __u32 size, const char *fmt, const __u64 *data, __u32 len) = (void *)165;
static long (*const bpf_trace_vprintk)(const char *fmt, __u32 size, const void *data, __u32 len) = (void *)177;
static long (*const bpf_strncmp)(const char *s1, __u32 size, const char *s2) = (void *)182;

const char hello[] = "hello, world";
const char four[] = "four";
const char numbers[] = " -0x1fz";
const char octal[] = "0777";
const char huge[] = "18446744073709551616";
const char least[] = "-9223372036854775808";

__u64 user_address;
__s64 results[16];
__s64 parsed[4];
char read[16] = "################";
char cut[5] = "#####";
char printed[24];

SEC("fentry/do_strings") int on_strings(__u64 *ctx)
{
	results[0] = bpf_probe_read_kernel_str(read, sizeof(read), hello);
	results[1] = bpf_probe_read_kernel_str(cut, sizeof(cut), hello);
	results[2] = bpf_probe_read_str(cut, sizeof(cut), four);
	results[3] = bpf_probe_read_kernel_str(cut, sizeof(cut), (void *)user_address);
	results[4] = bpf_probe_read_user_str(cut, sizeof(cut), hello);
	results[5] = bpf_strncmp(hello, 5, "hellooo");
	results[6] = bpf_strncmp(hello, 6, "hellooo") < 0;
	results[7] = bpf_strncmp(four, sizeof(four), "fou") > 0;
	results[8] = bpf_probe_read_kernel(cut, 0, (void *)~0ull);
	results[9] = bpf_probe_read_kernel(cut, 2, (void *)0xffff000000000000ull);
	results[10] = bpf_probe_read_kernel(cut, 2, (void *)0);
	return 0;
}

SEC("fentry/do_user") int on_user(__u64 *ctx)
{
	results[0] = bpf_probe_read_user_str(read, sizeof(read), (void *)user_address);
	results[1] = bpf_probe_read_str(cut, sizeof(cut), (void *)user_address);
	results[2] = bpf_probe_read(&parsed[0], 4, (void *)user_address);
	results[3] = bpf_probe_read(&parsed[1], 4, four);
	return 0;
}

SEC("kprobe/do_parse") int on_parse(void *ctx)
{
	results[0] = bpf_strtol(numbers, sizeof(numbers) - 1, 0, &parsed[0]);
	results[1] = bpf_strtoul(octal, sizeof(octal), 0, (__u64 *)&parsed[1]);
	results[2] = bpf_strtoul(octal, sizeof(octal), 10, (__u64 *)&parsed[2]);
	results[3] = bpf_strtoul(huge, sizeof(huge), 0, (__u64 *)&parsed[3]);
	results[4] = bpf_strtoul(numbers, sizeof(numbers), 0, (__u64 *)&parsed[3]);
	results[5] = bpf_strtol(least, sizeof(least), 0, &parsed[3]);
	results[6] = bpf_strtol(four, sizeof(four), 0, &parsed[3]);
	results[7] = bpf_strtol(octal, sizeof(octal), 7, &parsed[3]);
	return 0;
}

SEC("raw_tp/do_print") int on_print(__u64 *ctx)
{
	static const char line[] = "%s is %d years and %c, %x at %ps: %d %d %d";
	static const char name[] = "cpu %u of %pI4, 100%%, %5s|";
	static const char plain[] = "nothing";
	static const char wrong[] = "%d %d";
	static const unsigned char address[] = {192, 168, 2, 1};
	const void *at = address, *word = four, *greeting = hello;

	/* Not known when it is compiled, so that the values below are not put into .rodata. */
	asm volatile("" : "+r"(at), "+r"(word), "+r"(greeting));
	__u64 many[] = {(__u64)greeting, -3, 'y', 0x1234abcd, ctx[0], 1, 2, 3};
	__u64 some[] = {7, (__u64)at, (__u64)word};

	results[0] = bpf_trace_vprintk(line, sizeof(line), many, sizeof(many));
	results[1] = bpf_snprintf(printed, sizeof(printed), name, some, sizeof(some));
	results[2] = bpf_snprintf(0, 0, plain, 0, 0);
	results[3] = bpf_snprintf(printed, 0, wrong, some, 8);
	results[4] = bpf_trace_vprintk(line, sizeof(line), many, 9);
	results[5] = bpf_trace_vprintk(line, sizeof(line), 0, 8);
	return 0;
}
