/*
 * Fields of the kernel's structures, wherever the kernel that the program runs on has them (CO-RE): clang records what is
 * accessed, and the loader writes the offsets into the code.
 */
#ifndef TINYBPF_BPF_CORE_READ_H
#define TINYBPF_BPF_CORE_READ_H

#include "bpf_helpers.h"

/* What __builtin_preserve_field_info, _type_info and _enum_value can be asked; the numbers are clang's. */
enum bpf_field_info_kind {
	BPF_FIELD_BYTE_OFFSET = 0,
	BPF_FIELD_BYTE_SIZE = 1,
	BPF_FIELD_EXISTS = 2,
	BPF_FIELD_SIGNED = 3,
	BPF_FIELD_LSHIFT_U64 = 4,
	BPF_FIELD_RSHIFT_U64 = 5,
};
enum bpf_type_id_kind { BPF_TYPE_ID_LOCAL = 0, BPF_TYPE_ID_TARGET = 1 };
enum bpf_type_info_kind { BPF_TYPE_EXISTS = 0, BPF_TYPE_SIZE = 1, BPF_TYPE_MATCHES = 2 };
enum bpf_enum_value_kind { BPF_ENUMVAL_EXISTS = 0, BPF_ENUMVAL_VALUE = 1 };

#define ___bpf_field_ref1(field) (field)
#define ___bpf_field_ref2(type, field) (((typeof(type) *)0)->field)
#define ___bpf_field_ref(args...) ___bpf_apply(___bpf_field_ref, ___bpf_narg(args))(args)

#define bpf_core_field_exists(field...) \
	__builtin_preserve_field_info(___bpf_field_ref(field), BPF_FIELD_EXISTS)
#define bpf_core_field_size(field...) \
	__builtin_preserve_field_info(___bpf_field_ref(field), BPF_FIELD_BYTE_SIZE)
#define bpf_core_field_offset(field...) \
	__builtin_preserve_field_info(___bpf_field_ref(field), BPF_FIELD_BYTE_OFFSET)
#define bpf_core_type_exists(type) __builtin_preserve_type_info(*(typeof(type) *)0, BPF_TYPE_EXISTS)
#define bpf_core_type_size(type) __builtin_preserve_type_info(*(typeof(type) *)0, BPF_TYPE_SIZE)
#define bpf_core_type_matches(type) __builtin_preserve_type_info(*(typeof(type) *)0, BPF_TYPE_MATCHES)
#define bpf_core_enum_value_exists(type, value) \
	__builtin_preserve_enum_value(*(typeof(type) *)value, BPF_ENUMVAL_EXISTS)
#define bpf_core_enum_value(type, value) __builtin_preserve_enum_value(*(typeof(type) *)value, BPF_ENUMVAL_VALUE)

#define bpf_core_cast(ptr, type) ((typeof(type) *)bpf_rdonly_cast((ptr), bpf_core_type_id_kernel(type)))
#define bpf_core_type_id_local(type) __builtin_btf_type_id(*(typeof(type) *)0, BPF_TYPE_ID_LOCAL)
#define bpf_core_type_id_kernel(type) __builtin_btf_type_id(*(typeof(type) *)0, BPF_TYPE_ID_TARGET)

#define bpf_core_read(dst, size, src) \
	bpf_probe_read_kernel(dst, size, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_user(dst, size, src) \
	bpf_probe_read_user(dst, size, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_str(dst, size, src) \
	bpf_probe_read_kernel_str(dst, size, (const void *)__builtin_preserve_access_index(src))

/* A bit field, read as the bytes that it lies in, then shifted into place. */
#define BPF_CORE_READ_BITFIELD_PROBED(s, field) \
	({ \
		unsigned long long val = 0; \
		bpf_probe_read_kernel(&val, __builtin_preserve_field_info((s)->field, BPF_FIELD_BYTE_SIZE), \
				      (const void *)(s) + __builtin_preserve_field_info((s)->field, BPF_FIELD_BYTE_OFFSET)); \
		val <<= __builtin_preserve_field_info((s)->field, BPF_FIELD_LSHIFT_U64); \
		if (__builtin_preserve_field_info((s)->field, BPF_FIELD_SIGNED)) \
			val = ((long long)val) >> __builtin_preserve_field_info((s)->field, BPF_FIELD_RSHIFT_U64); \
		else \
			val = val >> __builtin_preserve_field_info((s)->field, BPF_FIELD_RSHIFT_U64); \
		val; \
	})

/* `BPF_CORE_READ(task, real_parent, tgid)`: follows pointers, each read safely. */
#define ___bpf_type1(src, a) typeof((src)->a)
#define ___bpf_type2(src, a, b) typeof((src)->a->b)
#define ___bpf_type3(src, a, b, c) typeof((src)->a->b->c)
#define ___bpf_type4(src, a, b, c, d) typeof((src)->a->b->c->d)
#define ___bpf_type5(src, a, b, c, d, e) typeof((src)->a->b->c->d->e)
#define ___bpf_type(src, a...) ___bpf_apply(___bpf_type, ___bpf_narg(a))(src, a)

#define ___bpf_read_into(read, dst, base, field) read((void *)(dst), sizeof(*(dst)), &(base)->field)
#define ___bpf_follow1(read, src, dst, a) ___bpf_read_into(read, dst, src, a)
#define ___bpf_follow2(read, src, dst, a, b) \
	({ ___bpf_type1(src, a) __p1; ___bpf_read_into(read, &__p1, src, a); ___bpf_read_into(read, dst, __p1, b); })
#define ___bpf_follow3(read, src, dst, a, b, c) \
	({ ___bpf_type2(src, a, b) __p2; ___bpf_follow2(read, src, &__p2, a, b); ___bpf_read_into(read, dst, __p2, c); })
#define ___bpf_follow4(read, src, dst, a, b, c, d) \
	({ ___bpf_type3(src, a, b, c) __p3; ___bpf_follow3(read, src, &__p3, a, b, c); ___bpf_read_into(read, dst, __p3, d); })
#define ___bpf_follow5(read, src, dst, a, b, c, d, e) \
	({ ___bpf_type4(src, a, b, c, d) __p4; ___bpf_follow4(read, src, &__p4, a, b, c, d); ___bpf_read_into(read, dst, __p4, e); })
#define ___bpf_follow(read, src, dst, a...) ___bpf_apply(___bpf_follow, ___bpf_narg(a))(read, src, dst, a)

#define BPF_CORE_READ_INTO(dst, src, a...) ({ ___bpf_follow(bpf_core_read, (src), dst, a); })
#define BPF_CORE_READ(src, a...) \
	({ ___bpf_type((src), a) __r; ___bpf_follow(bpf_core_read, (src), &__r, a); __r; })
#define BPF_CORE_READ_USER(src, a...) \
	({ ___bpf_type((src), a) __r; ___bpf_follow(bpf_core_read_user, (src), &__r, a); __r; })
#define BPF_PROBE_READ(src, a...) \
	({ ___bpf_type((src), a) __r; ___bpf_follow(bpf_probe_read_kernel, (src), &__r, a); __r; })
/* The last field is text. */
#define ___bpf_str1(dst, src, a) bpf_core_read_str(dst, sizeof(*(dst)), &(src)->a)
#define ___bpf_str2(dst, src, a, b) \
	({ ___bpf_type1(src, a) __s1; ___bpf_follow1(bpf_core_read, src, &__s1, a); bpf_core_read_str(dst, sizeof(*(dst)), &__s1->b); })
#define ___bpf_str3(dst, src, a, b, c) \
	({ ___bpf_type2(src, a, b) __s2; ___bpf_follow2(bpf_core_read, src, &__s2, a, b); bpf_core_read_str(dst, sizeof(*(dst)), &__s2->c); })
#define BPF_CORE_READ_STR_INTO(dst, src, a...) ___bpf_apply(___bpf_str, ___bpf_narg(a))(dst, (src), a)

#endif
