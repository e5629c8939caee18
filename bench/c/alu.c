/* 64-bit arithmetic in registers. */
#include "bench.h"

ENTRY(alu)
{
	u64 x = 88172645463325252ULL, sum = 0;

	for (u32 i = 0; i < 200000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		sum += x * 0x2545f491;
		sum ^= (sum >> 29) + i;
		sum = (u32)(sum + x) | (sum & 0x7fffffff00000000ULL);
	}
	return sum;
}
