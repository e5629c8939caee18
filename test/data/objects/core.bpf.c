/* CO-RE relocations of every kind. */
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct aux___local {
	__u32 id;
	__u64 load_time;
} __core;

struct prog {
	__u32 len;
	__u32 flags_a : 3;
	__u32 flags_b : 5;
	short kind;
	void *active;
	struct aux___local *aux;
	struct { int deep[4]; } inner;
	union {
		__u64 anonymous;
		__u32 half;
	};
	__u32 gone;
} __core;

struct nowhere {
	int x;
} __core;

enum state { STOPPED = 3, RUNNING = 9, ABSENT = 11 };

__u64 out[32];

SEC("raw_tp/offsets")
int offsets(struct prog *p)
{
	out[0] = p->len;
	out[1] = p->aux->id;
	out[2] = p->inner.deep[2];
	out[3] = p->anonymous;
	out[4] = p->kind;
	p->kind = 5;
	out[5] = (__u64)&p->active;
	return 0;
}

SEC("raw_tp/infos")
int infos(struct prog *p)
{
	out[0] = __builtin_preserve_field_info(p->flags_b, 0); /* byte offset */
	out[1] = __builtin_preserve_field_info(p->flags_b, 1); /* byte size */
	out[2] = __builtin_preserve_field_info(p->gone, 2);    /* exists */
	out[3] = __builtin_preserve_field_info(p->len, 2);
	out[4] = __builtin_preserve_field_info(p->kind, 3); /* signed */
	out[5] = __builtin_preserve_field_info(p->flags_b, 4); /* lshift */
	out[6] = __builtin_preserve_field_info(p->flags_b, 5); /* rshift */
	return 0;
}

SEC("raw_tp/types")
int types(void *ctx)
{
	out[0] = __builtin_btf_type_id(*(struct prog *)0, 0); /* local */
	out[1] = __builtin_btf_type_id(*(struct prog *)0, 1); /* target */
	out[2] = __builtin_preserve_type_info(*(struct prog *)0, 0); /* exists */
	out[3] = __builtin_preserve_type_info(*(struct prog *)0, 1); /* size */
	out[4] = __builtin_preserve_type_info(*(struct nowhere *)0, 0);
	out[5] = __builtin_preserve_type_info(*(struct aux___local *)0, 2); /* matches */
	out[6] = __builtin_preserve_enum_value(*(enum state *)RUNNING, 0); /* exists */
	out[7] = __builtin_preserve_enum_value(*(enum state *)RUNNING, 1); /* value */
	out[8] = __builtin_preserve_enum_value(*(enum state *)ABSENT, 0);
	return 0;
}

static __attribute__((noinline)) int reads_nowhere(struct nowhere *n)
{
	return n->x;
}

SEC("raw_tp/unresolved")
int unresolved(struct nowhere *n)
{
	return reads_nowhere(n);
}

SEC("raw_tp/id")
int unresolved_value(struct nowhere *n)
{
	return __builtin_preserve_type_info(*(struct nowhere *)0, 1);
}
