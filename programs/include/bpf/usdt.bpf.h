/* USDT probes: what a program finds out about them by the map that the program which attaches it fills, libbpf on Linux. */
#ifndef TINYBPF_USDT_BPF_H
#define TINYBPF_USDT_BPF_H

#include "bpf_tracing.h"

enum __bpf_usdt_arg_type { BPF_USDT_ARG_CONST, BPF_USDT_ARG_REG, BPF_USDT_ARG_REG_DEREF };

/* Where an argument is: a constant, a register, or so many bytes after where a register points; and how wide it is. */
struct __bpf_usdt_arg_spec {
	__u64 val_off;
	enum __bpf_usdt_arg_type arg_type;
	short reg_off;
	_Bool arg_signed;
	char arg_bitshift;
};

struct __bpf_usdt_spec {
	struct __bpf_usdt_arg_spec args[12];
	__u64 usdt_cookie;
	short arg_cnt;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 256);
	__type(key, int);
	__type(value, struct __bpf_usdt_spec);
} __bpf_usdt_specs SEC(".maps") __weak;

static __always_inline struct __bpf_usdt_spec *___bpf_usdt_spec(void *ctx)
{
	int row = bpf_get_attach_cookie(ctx);

	return bpf_map_lookup_elem(&__bpf_usdt_specs, &row);
}

/* How many arguments a probe has; -ESRCH where nothing is known of it. */
static __always_inline int bpf_usdt_arg_cnt(struct pt_regs *ctx)
{
	struct __bpf_usdt_spec *spec = ___bpf_usdt_spec(ctx);

	return spec ? spec->arg_cnt : -3;
}

/* The number with which a probe was attached. */
static __always_inline long bpf_usdt_cookie(struct pt_regs *ctx)
{
	struct __bpf_usdt_spec *spec = ___bpf_usdt_spec(ctx);

	return spec ? spec->usdt_cookie : 0;
}

/* Gives an argument, counted from 0; -ESRCH where nothing is known of the probe, -ENOENT where it has fewer. */
static __always_inline int bpf_usdt_arg(struct pt_regs *ctx, __u64 n, long *result)
{
	struct __bpf_usdt_spec *spec = ___bpf_usdt_spec(ctx);
	struct __bpf_usdt_arg_spec *arg;
	unsigned long value = 0;

	*result = 0;
	if (!spec)
		return -3;
	if (n >= 12 || n >= (__u64)spec->arg_cnt)
		return -2;
	arg = &spec->args[n];
	if (arg->arg_type == BPF_USDT_ARG_CONST) {
		value = arg->val_off;
	} else {
		int err = bpf_probe_read_kernel(&value, sizeof(value), (char *)ctx + arg->reg_off);

		if (err)
			return err;
		if (arg->arg_type == BPF_USDT_ARG_REG_DEREF) {
			err = bpf_probe_read_user(&value, sizeof(value), (char *)value + arg->val_off);
			if (err)
				return err;
		}
	}
	value <<= arg->arg_bitshift;
	*result = arg->arg_signed ? (long)value >> arg->arg_bitshift : (long)(value >> arg->arg_bitshift);
	return 0;
}

/* `int BPF_USDT(name, void *a, int b)`: a program on a probe whose body names the arguments of that. */
#define ___bpf_usdt_value(n) ({ long ___value; bpf_usdt_arg(ctx, n, &___value); (void *)___value; })
#define ___bpf_usdt_args0() ctx
#define ___bpf_usdt_args1(x) ___bpf_usdt_args0(), ___bpf_usdt_value(0)
#define ___bpf_usdt_args2(x, args...) ___bpf_usdt_args1(args), ___bpf_usdt_value(1)
#define ___bpf_usdt_args3(x, args...) ___bpf_usdt_args2(args), ___bpf_usdt_value(2)
#define ___bpf_usdt_args4(x, args...) ___bpf_usdt_args3(args), ___bpf_usdt_value(3)
#define ___bpf_usdt_args5(x, args...) ___bpf_usdt_args4(args), ___bpf_usdt_value(4)
#define ___bpf_usdt_args6(x, args...) ___bpf_usdt_args5(args), ___bpf_usdt_value(5)
#define ___bpf_usdt_args(args...) ___bpf_apply(___bpf_usdt_args, ___bpf_narg(args))(args)
#define BPF_USDT(name, args...) \
	___bpf_with_arguments(name, struct pt_regs *ctx, ___bpf_usdt_args(args), ##args)

#endif
