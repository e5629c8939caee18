/* A histogram by powers of two in an array map, as tools that trace latencies keep it. */
#include "bench.h"

ARRAY(histogram_of, u64, 32);

static inline __attribute__((always_inline)) u32 log2_of(u32 v)
{
	u32 shift, r;

	r = (v > 0xffff) << 4;
	v >>= r;
	shift = (v > 0xff) << 3;
	v >>= shift;
	r |= shift;
	shift = (v > 0xf) << 2;
	v >>= shift;
	r |= shift;
	shift = (v > 3) << 1;
	v >>= shift;
	r |= shift;
	return r | v >> 1;
}

ENTRY(histogram)
{
	u64 sum = 0;
	u32 x = 1;

	for (u32 i = 0; i < 32; i++) {
		u64 *count = LOOKUP(histogram_of, i);

		if (count)
			*count = 0;
	}
	for (u32 i = 0; i < 10000; i++) {
		u64 *count;

		x = x * 1664525 + 1013904223;
		count = LOOKUP(histogram_of, log2_of(x >> (x & 31)));
		if (count)
			__sync_fetch_and_add(count, 1);
	}
	for (u32 i = 0; i < 32; i++) {
		u64 *count = LOOKUP(histogram_of, i);

		if (count)
			sum = sum * 31 + *count;
	}
	return sum;
}
