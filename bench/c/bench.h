/*
 * What the programs that are timed have in common. Each is one C file that is compiled twice: by cc for the host, and
 * by clang for BPF. It has one function that ENTRY names, which gets 64 KiB of data and returns a number that depends on
 * all that it has computed.
 */
#ifndef BENCH_H
#define BENCH_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

#define DATA_SIZE 65536
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#ifdef __bpf__

#define ENTRY(name) __attribute__((section("syscall"), used)) u64 name(u8 *data)
#define NOINLINE __attribute__((noinline))
/* The emulated kernel's helpers, by their numbers. */
#define HELPER static u64 (*const helper)(u64 a, u64 b) = (void *)1
#define WHO \
	static u64 (*const current_pid_tgid)(void) = (void *)14; \
	static u32 (*const processor_id)(void) = (void *)8
static void *(*const map_lookup)(void *map, const void *key) = (void *)1;
static void *(*const ringbuf_reserve)(void *ring, u64 size, u64 flags) = (void *)131;
static void (*const ringbuf_submit)(void *record, u64 flags) = (void *)132;
#define MAP(name, kind, key_type, value_type, entries) \
	struct { \
		int (*type)[kind]; \
		key_type *key; \
		value_type *value; \
		int (*max_entries)[entries]; \
	} name __attribute__((section(".maps"), used))
#define ARRAY(name, value_type, entries) MAP(name, 2, u32, value_type, entries)
#define RING(name, bytes) \
	struct { \
		int (*type)[27]; \
		int (*max_entries)[bytes]; \
	} name __attribute__((section(".maps"), used))
#define LOOKUP(array, index) ({ u32 key = (index); map_lookup(&(array), &key); })
#define RESERVE(ring, size) ringbuf_reserve(&(ring), size, 0)
/* 1: nobody is woken. */
#define SUBMIT(ring, record) ringbuf_submit(record, 1)

#else

#define ENTRY(name) u64 name(u8 *data)
#define NOINLINE __attribute__((noinline, noclone))
/* What stands for a helper: a function that is called through a pointer of which the compiler knows nothing. */
#define HELPER extern u64 (*volatile helper)(u64 a, u64 b)
#define WHO \
	extern u64 (*volatile current_pid_tgid)(void); \
	extern u32 (*volatile processor_id)(void)
/* What stands for maps: the same check and the same memory, inlined; and a ring that is written in place. */
#define ARRAY(name, value_type, entries) static value_type name[entries]
#define LOOKUP(array, index) ({ u32 key = (index); key < ARRAY_SIZE(array) ? &(array)[key] : (void *)0; })
struct ring { u64 at, size; u8 *bytes; };
#define RING(name, count) \
	static u8 name##_bytes[count] __attribute__((aligned(8))); \
	static struct ring name = { 0, count, name##_bytes }
void *ring_reserve(struct ring *ring, u64 size);
void ring_submit(struct ring *ring, void *record);
#define RESERVE(ring, size) ring_reserve(&(ring), size)
#define SUBMIT(ring, record) ring_submit(&(ring), record)

#endif

#define ROTL64(x, n) ((x) << (n) | (x) >> (64 - (n)))

#endif
