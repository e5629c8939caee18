/*
 * What a BPF program in C says of itself and calls, under the names that programs use everywhere. The declarations of helpers
 * are made from tinybpf's own table when a program is compiled (bpf_helper_defs.h), as are the kernel's types (vmlinux.h).
 */
#ifndef TINYBPF_BPF_HELPERS_H
#define TINYBPF_BPF_HELPERS_H

#include "vmlinux.h"
#include "bpf_helper_defs.h"

/* Maps are declared as structures whose members' types say what they are like. */
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name
#define __array(name, value) typeof(value) *name[]
#define __ulong(name, value) enum { ___bpf_concat(__unique_value, __COUNTER__) = value } name

#define SEC(name) __attribute__((section(name), used))

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#ifndef __weak
#define __weak __attribute__((weak))
#endif
#define __hidden __attribute__((visibility("hidden")))
#define __ksym __attribute__((section(".ksyms")))
#define __kconfig __attribute__((section(".kconfig")))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))

#ifndef offsetof
#define offsetof(type, member) ((unsigned long)&((type *)0)->member)
#endif
#ifndef container_of
#define container_of(pointer, type, member) ((type *)((void *)(pointer) - offsetof(type, member)))
#endif
#ifndef barrier
#define barrier() asm volatile("" ::: "memory")
#endif
#ifndef barrier_var
#define barrier_var(var) asm volatile("" : "+r"(var))
#endif

#ifndef ___bpf_concat
#define ___bpf_concat(a, b) a##b
#endif
#ifndef ___bpf_apply
#define ___bpf_apply(f, n) ___bpf_concat(f, n)
#endif
/* How many arguments there are, up to twelve. */
#ifndef ___bpf_nth
#define ___bpf_nth(_, _1, _2, _3, _4, _5, _6, _7, _8, _9, _a, _b, _c, N, ...) N
#endif
#ifndef ___bpf_narg
#define ___bpf_narg(...) ___bpf_nth(_, ##__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#endif

/* Each argument in a word of an array, for what takes an array. */
#define ___bpf_fill0(arr, p, x) do {} while (0)
#define ___bpf_fill1(arr, p, x) arr[p] = x
#define ___bpf_fill2(arr, p, x, args...) arr[p] = x; ___bpf_fill1(arr, p + 1, args)
#define ___bpf_fill3(arr, p, x, args...) arr[p] = x; ___bpf_fill2(arr, p + 1, args)
#define ___bpf_fill4(arr, p, x, args...) arr[p] = x; ___bpf_fill3(arr, p + 1, args)
#define ___bpf_fill5(arr, p, x, args...) arr[p] = x; ___bpf_fill4(arr, p + 1, args)
#define ___bpf_fill6(arr, p, x, args...) arr[p] = x; ___bpf_fill5(arr, p + 1, args)
#define ___bpf_fill7(arr, p, x, args...) arr[p] = x; ___bpf_fill6(arr, p + 1, args)
#define ___bpf_fill8(arr, p, x, args...) arr[p] = x; ___bpf_fill7(arr, p + 1, args)
#define ___bpf_fill9(arr, p, x, args...) arr[p] = x; ___bpf_fill8(arr, p + 1, args)
#define ___bpf_fill10(arr, p, x, args...) arr[p] = x; ___bpf_fill9(arr, p + 1, args)
#define ___bpf_fill11(arr, p, x, args...) arr[p] = x; ___bpf_fill10(arr, p + 1, args)
#define ___bpf_fill12(arr, p, x, args...) arr[p] = x; ___bpf_fill11(arr, p + 1, args)
#define ___bpf_fill(arr, args...) ___bpf_apply(___bpf_fill, ___bpf_narg(args))(arr, 0, args)

/* Into the trace pipe; up to three arguments go in registers, more in an array. */
#define __bpf_printk(fmt, ...) \
	({ \
		static const char ____fmt[] = fmt; \
		bpf_trace_printk(____fmt, sizeof(____fmt), ##__VA_ARGS__); \
	})
#define __bpf_vprintk(fmt, args...) \
	({ \
		static const char ____fmt[] = fmt; \
		unsigned long long ____param[___bpf_narg(args)]; \
		___bpf_fill(____param, args); \
		bpf_trace_vprintk(____fmt, sizeof(____fmt), ____param, sizeof(____param)); \
	})
#define ___bpf_pick_printk(...) \
	___bpf_nth(_, ##__VA_ARGS__, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, \
		   __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, __bpf_printk, __bpf_printk, \
		   __bpf_printk, __bpf_printk)
#define bpf_printk(fmt, args...) ___bpf_pick_printk(args)(fmt, ##args)

#define BPF_SNPRINTF(out, out_size, fmt, args...) \
	({ \
		static const char ____fmt[] = fmt; \
		unsigned long long ____param[___bpf_narg(args)]; \
		___bpf_fill(____param, args); \
		bpf_snprintf(out, out_size, ____fmt, ____param, sizeof(____param)); \
	})

struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;

/* Loops of which a verifier need not know how often they go round: i runs from start to end - 1, or the body runs n times. */
#define bpf_for(i, start, end) \
	for (struct bpf_iter_num ___numbers __attribute__((cleanup(bpf_iter_num_destroy))), \
	     *___begun __attribute__((unused)) = ({ bpf_iter_num_new(&___numbers, (start), (end)); &___numbers; }); \
	     ({ \
		int *___next = bpf_iter_num_next(&___numbers); \
		if (___next) \
			(i) = *___next; \
		___next != NULL; \
	     });)

#define bpf_repeat(n) \
	for (struct bpf_iter_num ___rounds __attribute__((cleanup(bpf_iter_num_destroy))), \
	     *___begun __attribute__((unused)) = ({ bpf_iter_num_new(&___rounds, 0, (n)); &___rounds; }); \
	     bpf_iter_num_next(&___rounds) != NULL;)

#endif
