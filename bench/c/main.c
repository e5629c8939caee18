/* Times one of the programs on the host, by the process's own time: what else runs on the machine counts little. */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "bench.h"

static u8 data[DATA_SIZE] __attribute__((aligned(64)));

static u64 add(u64 a, u64 b)
{
	return (u64)(s64)(s32)(u32)(a + b);
}

u64 (*volatile helper)(u64 a, u64 b) = add;

/* As the kernel's: two loads, and one. */
static volatile struct { u32 cpu, pid, tgid; } current = { 0, 42, 41 };

static u64 pid_tgid(void)
{
	return (u64)current.tgid << 32 | current.pid;
}

static u32 cpu(void)
{
	return current.cpu;
}

u64 (*volatile current_pid_tgid)(void) = pid_tgid;
u32 (*volatile processor_id)(void) = cpu;

/* The ring that the program writes to. */
static struct ring *used;

/* As the kernel's: a record has a header of 8 bytes with its length, which is busy until it is submitted. */
void *ring_reserve(struct ring *ring, u64 size)
{
	u64 all = (size + 15) & ~7ULL;
	u32 *header = (u32 *)(ring->bytes + ring->at);

	used = ring;
	if (ring->at + all > ring->size)
		return NULL;
	__atomic_store_n(&header[0], (u32)size | 1U << 31, __ATOMIC_RELEASE);
	header[1] = 0;
	ring->at += all;
	return header + 2;
}

void ring_submit(struct ring *ring, void *record)
{
	u32 *header = (u32 *)record - 2;

	(void)ring;
	__atomic_exchange_n(&header[0], header[0] & ~(1U << 31), __ATOMIC_SEQ_CST);
}

#define PROGRAM(name) u64 name(u8 *data);
PROGRAMS
#undef PROGRAM

static const struct {
	const char *name;
	u64 (*run)(u8 *data);
} programs[] = {
#define PROGRAM(name) { #name, name },
PROGRAMS
};

/* One run, after which whoever reads the ring has read it. */
static u64 run_once(u64 (*run)(u8 *data))
{
	u64 result = run(data);

	if (used)
		used->at = 0;
	return result;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* main NAME MILLISECONDS: the result of the first run, and the nanoseconds that a later one takes. */
int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 7 + 3);
	for (u32 i = 0; i < ARRAY_SIZE(programs); i++) {
		u64 (*volatile run)(u8 *data) = programs[i].run;
		double start, until;
		u64 result, runs = 0;

		if (strcmp(programs[i].name, argv[1]) != 0)
			continue;
		result = run_once(run);
		for (u32 k = 0; k < 3; k++)
			run_once(run);
		start = now();
		until = start + atof(argv[2]) * 1e6;
		do {
			for (u32 k = 0; k < 4; k++)
				run_once(run);
			runs += 4;
		} while (now() < until);
		printf("%llu %.1f\n", result, (now() - start) / runs);
		return 0;
	}
	return 2;
}
