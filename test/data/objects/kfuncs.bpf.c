/* Kernel functions that are called by name: they keep interrupts or other tasks away, and count CPUs. */
#include "bpf.h"
char LICENSE[] SEC("license") = "GPL";

struct cpumask;
struct bpf_cpumask;
struct task_struct;
void bpf_preempt_disable(void) __ksym;
void bpf_preempt_enable(void) __ksym;
void bpf_local_irq_save(unsigned long *flags) __ksym __weak;
void bpf_local_irq_restore(unsigned long *flags) __ksym __weak;
void bpf_rcu_read_lock(void) __ksym;
void bpf_rcu_read_unlock(void) __ksym;
struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
void bpf_cpumask_release(struct bpf_cpumask *mask) __ksym;
void bpf_cpumask_set_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym;
void bpf_cpumask_setall(struct bpf_cpumask *mask) __ksym;
_Bool bpf_cpumask_test_cpu(__u32 cpu, const struct cpumask *mask) __ksym;
_Bool bpf_cpumask_test_and_clear_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym;
_Bool bpf_cpumask_and(struct bpf_cpumask *dst, const struct cpumask *a, const struct cpumask *b) __ksym;
_Bool bpf_cpumask_subset(const struct cpumask *a, const struct cpumask *b) __ksym;
_Bool bpf_cpumask_full(const struct cpumask *mask) __ksym;
_Bool bpf_cpumask_empty(const struct cpumask *mask) __ksym;
__u32 bpf_cpumask_first(const struct cpumask *mask) __ksym;
__u32 bpf_cpumask_first_zero(const struct cpumask *mask) __ksym;
__u32 bpf_cpumask_any_distribute(const struct cpumask *mask) __ksym;
__u32 bpf_cpumask_weight(const struct cpumask *mask) __ksym;

struct bpf_iter_num {
	__u64 opaque;
};
int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

__u64 order;
__u32 seen[16];
__u32 had_irq_kfuncs;

/* A digit each: what ran, in its order. */
static void note(__u64 digit)
{
	order = order * 10 + digit;
}

SEC("fentry/do_tick") int on_tick(void *ctx)
{
	note(5);
	return 0;
}

SEC("fentry/do_irq") int with_interrupts_off(void *ctx)
{
	unsigned long flags = 0;

	if (bpf_local_irq_save && bpf_local_irq_restore) {
		had_irq_kfuncs = 1;
		bpf_local_irq_save(&flags);
		note(1);
		note(2);
		bpf_local_irq_restore(&flags);
	}
	note(3);
	return 0;
}

SEC("fentry.s/do_preempt") int with_preemption_off(void *ctx)
{
	bpf_preempt_disable();
	note(1);
	note(2);
	bpf_preempt_enable();
	note(3);
	return 0;
}

SEC("fentry.s/do_read") int as_reader(void *ctx)
{
	bpf_rcu_read_lock();
	note(1);
	bpf_rcu_read_unlock();
	note(2);
	return 0;
}

SEC("fentry/do_masks") int masks(void *ctx)
{
	struct bpf_cpumask *a = bpf_cpumask_create(), *b = bpf_cpumask_create();
	const struct cpumask *ca = (void *)a, *cb = (void *)b;

	if (!a || !b)
		goto out;
	seen[0] = bpf_cpumask_first(ca);
	seen[1] = bpf_cpumask_empty(ca);
	bpf_cpumask_set_cpu(1, a);
	bpf_cpumask_set_cpu(2, a);
	bpf_cpumask_set_cpu(64, a);
	seen[2] = bpf_cpumask_first(ca);
	seen[3] = bpf_cpumask_first_zero(ca);
	seen[4] = bpf_cpumask_weight(ca);
	seen[5] = bpf_cpumask_test_cpu(2, ca) + 2 * bpf_cpumask_test_cpu(0, ca) + 4 * bpf_cpumask_test_cpu(70, ca);
	bpf_cpumask_setall(b);
	seen[6] = bpf_cpumask_full(cb) + 2 * bpf_cpumask_full(ca);
	seen[7] = bpf_cpumask_subset(ca, cb) + 2 * bpf_cpumask_subset(cb, ca);
	seen[8] = bpf_cpumask_test_and_clear_cpu(1, a) + 2 * bpf_cpumask_test_and_clear_cpu(1, a);
	seen[9] = bpf_cpumask_and(b, ca, cb);
	seen[10] = bpf_cpumask_weight(cb);
	bpf_cpumask_set_cpu(0, b);
	seen[11] = bpf_cpumask_any_distribute(cb);
	seen[12] = bpf_cpumask_any_distribute(cb);
	seen[13] = bpf_cpumask_any_distribute(cb);
out:
	if (a)
		bpf_cpumask_release(a);
	if (b)
		bpf_cpumask_release(b);
	return 0;
}

SEC("fentry/do_exhaust") int all_masks(void *ctx)
{
	for (int i = 0; i < 40; i++)
		if (!bpf_cpumask_create()) {
			seen[0] = i;
			break;
		}
	return 0;
}

static int walk(int start, int end, int *error)
{
	struct bpf_iter_num it;
	int *n, sum = 0;

	*error = bpf_iter_num_new(&it, start, end);
	while ((n = bpf_iter_num_next(&it)))
		sum += *n;
	bpf_iter_num_destroy(&it);
	return sum;
}

SEC("fentry/do_loops") int loops(void *ctx)
{
	int error;

	seen[0] = walk(-2, 6, &error);
	seen[1] = error;
	seen[2] = walk(3, 3, &error);
	seen[3] = error;
	seen[4] = walk(3, 2, &error);
	seen[5] = -error;
	seen[6] = walk(0, 8388609, &error);
	seen[7] = -error;
	return 0;
}
