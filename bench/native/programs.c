/* The eight programs of bench/programs.ts once more, in C: the same computations, as cc -O2 compiles them. */
#define _POSIX_C_SOURCE 199309L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOINLINE __attribute__((noinline, noclone))

static uint8_t data[65536];

static uint64_t alu(void)
{
	uint64_t x = 88172645463325252, sum = 0;

	for (uint32_t i = 0; i < 200000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		sum += x * 0x2545f491;
		sum ^= (sum >> 29) + i;
		sum = (uint32_t)(sum + x) | (sum & 0x7fffffff00000000);
	}
	return sum;
}

static uint64_t primes(void)
{
	uint64_t count = 0;

	for (uint64_t n = 3; n < 6000; n += 2) {
		uint64_t d = 3;

		for (; d * d <= n; d += 2)
			if (n % d == 0)
				break;
		if (d * d > n)
			count++;
	}
	return count;
}

static uint64_t fletcher32(void)
{
	const uint8_t *p = data;
	uint64_t words = sizeof(data) / 2, a = 0xffff, b = 0xffff;

	while (words > 0) {
		uint64_t n = words > 359 ? 359 : words;

		words -= n;
		do {
			uint16_t word;

			memcpy(&word, p, 2);
			a += word;
			b += a;
			p += 2;
		} while (--n > 0);
		a = (a & 0xffff) + (a >> 16);
		b = (b & 0xffff) + (b >> 16);
	}
	a = (a & 0xffff) + (a >> 16);
	b = (b & 0xffff) + (b >> 16);
	return b << 16 | a;
}

#define ROTL(x, n) ((x) << (n) | (x) >> (64 - (n)))
#define ROUND \
	do { \
		v0 += v1; v2 += v3; v1 = ROTL(v1, 13); v3 = ROTL(v3, 16); \
		v1 ^= v0; v3 ^= v2; v0 = ROTL(v0, 32); \
		v2 += v1; v0 += v3; v1 = ROTL(v1, 17); v3 = ROTL(v3, 21); \
		v1 ^= v2; v3 ^= v0; v2 = ROTL(v2, 32); \
	} while (0)

static uint64_t siphash(void)
{
	uint64_t v0 = 0x736f6d6570736575, v1 = 0x646f72616e646f6d;
	uint64_t v2 = 0x6c7967656e657261, v3 = 0x7465646279746573;

	for (int k = 0; k < 16; k++) {
		for (size_t i = 0; i < 4096; i += 8) {
			uint64_t m;

			memcpy(&m, data + i, 8);
			v3 ^= m;
			ROUND;
			ROUND;
			v0 ^= m;
		}
	}
	v2 ^= 0xff;
	ROUND; ROUND; ROUND; ROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}

static uint64_t collatz(void)
{
	uint64_t longest = 0;

	for (uint64_t n = 1; n < 3000; n++) {
		uint64_t x = n, steps = 0;

		while (x != 1) {
			x = x & 1 ? 3 * x + 1 : x >> 1;
			steps++;
		}
		if (steps > longest)
			longest = steps;
	}
	return longest;
}

static NOINLINE uint64_t fib(uint64_t n)
{
	/* The barrier keeps the compiler from turning the second call into a loop. */
	uint64_t a, b;

	if (n < 2)
		return n;
	a = fib(n - 1);
	b = fib(n - 2);
	__asm__ volatile("" : "+r"(b));
	return a + b;
}

static uint64_t calls(void)
{
	return fib(20);
}

static NOINLINE uint64_t helper(uint64_t a, uint64_t b)
{
	__asm__ volatile("" : "+r"(a));
	return (uint32_t)(a + b);
}

static uint64_t helpers(void)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < 50000; i++)
		sum = helper(sum, i);
	return sum;
}

static uint64_t atomics(void)
{
	static uint64_t counter;
	uint64_t sum = 0;

	counter = 0;
	for (uint64_t i = 0; i < 100000; i++)
		sum ^= __atomic_fetch_add(&counter, i, __ATOMIC_SEQ_CST);
	return sum + counter;
}

static const struct {
	const char *name;
	uint64_t (*run)(void);
} programs[] = {
	{ "alu", alu }, { "primes", primes }, { "fletcher32", fletcher32 }, { "siphash", siphash },
	{ "collatz", collatz }, { "calls", calls }, { "helpers", helpers }, { "atomics", atomics },
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* programs NAME MILLISECONDS: the result, and the least and the median of the nanoseconds that a run takes. */
int main(int argc, char **argv)
{
	static double times[100000];

	if (argc != 3)
		return 2;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + 3);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		uint64_t (*volatile run)(void) = programs[i].run;
		double until;
		uint64_t result;
		size_t n = 0;

		if (strcmp(programs[i].name, argv[1]) != 0)
			continue;
		result = run();
		until = now() + atof(argv[2]) * 1e6;
		do {
			double before = now();

			if (run() != result)
				return 1;
			times[n++] = now() - before;
		} while (now() < until && n < sizeof(times) / sizeof(times[0]));
		qsort(times, n, sizeof(times[0]), ascending);
		printf("%llu %.1f %.1f\n", (unsigned long long)result, times[0], times[n / 2]);
		return 0;
	}
	return 2;
}
