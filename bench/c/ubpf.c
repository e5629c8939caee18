/*
 * Times a program in uBPF's interpreter, by the process's own time: ubpf CODE DATA MILLISECONDS [SLOT …]. What slots load are
 * addresses in the data. Prints the result of the first run, and the nanoseconds that a later one takes; nothing, with
 * status 3, where uBPF does not take the program, or does not carry it out.
 */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <ubpf.h>
#include "bench.h"

enum { REFUSED = 3 };

static u8 data[DATA_SIZE] __attribute__((aligned(64)));
static u8 code[1 << 20] __attribute__((aligned(8)));
static u8 tables[1 << 20] __attribute__((aligned(64)));

static u64 add(u64 a, u64 b, u64 c, u64 d, u64 e)
{
	(void)c, (void)d, (void)e;
	return (u64)(s64)(s32)(u32)(a + b);
}

static bool is_table(void *context, uint64_t address, uint64_t size)
{
	u64 start = (u64)tables;

	(void)context;
	return address >= start && address + size <= start + sizeof(tables);
}

static u32 fill(u8 *to, u32 most, const char *path)
{
	FILE *file = fopen(path, "rb");
	u32 size;

	if (!file)
		exit(2);
	size = fread(to, 1, most, file);
	fclose(file);
	return size;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv)
{
	struct ubpf_vm *vm = ubpf_create();
	uint64_t result, again, runs = 0;
	double start, until;
	char *message;
	u32 size;

	if (argc < 4 || !vm)
		return 2;
	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 7 + 3);
	size = fill(code, sizeof(code), argv[1]);
	fill(tables, sizeof(tables), argv[2]);
	for (int i = 4; i < argc; i++) {
		u8 *insn = code + 8 * atoi(argv[i]);
		u64 address = (u64)tables + *(u32 *)(insn + 4);

		*(u32 *)(insn + 4) = (u32)address;
		*(u32 *)(insn + 12) = (u32)(address >> 32);
	}
	ubpf_register(vm, 1, "helper", add);
	ubpf_register_data_bounds_check(vm, NULL, is_table);
	if (ubpf_load(vm, code, size, &message) || ubpf_exec(vm, data, sizeof(data), &result))
		return REFUSED;
	start = now();
	until = start + atof(argv[3]) * 1e6;
	do {
		ubpf_exec(vm, data, sizeof(data), &again);
		runs++;
	} while (now() < until);
	printf("%llu %.1f\n", (u64)result, (now() - start) / runs);
	return 0;
}
