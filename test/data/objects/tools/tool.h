/* What tracing programs begin with: the kernel's types, and libbpf's headers (Debian: libbpf-dev). */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

#define MAP(name, kind, entries, k, v)              \
	struct {                                    \
		__uint(type, BPF_MAP_TYPE_##kind);  \
		__uint(max_entries, entries);       \
		__type(key, k);                     \
		__type(value, v);                   \
	} name SEC(".maps")

#define EVENTS(name)                                          \
	struct {                                              \
		__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);  \
		__uint(key_size, sizeof(u32));                \
		__uint(value_size, sizeof(u32));              \
	} name SEC(".maps")
