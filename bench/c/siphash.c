/* The rounds of SipHash over 4 KiB, 16 times, the state in registers. */
#include "bench.h"

#define ROUND \
	do { \
		v0 += v1; v2 += v3; v1 = ROTL64(v1, 13); v3 = ROTL64(v3, 16); \
		v1 ^= v0; v3 ^= v2; v0 = ROTL64(v0, 32); \
		v2 += v1; v0 += v3; v1 = ROTL64(v1, 17); v3 = ROTL64(v3, 21); \
		v1 ^= v2; v3 ^= v0; v2 = ROTL64(v2, 32); \
	} while (0)

ENTRY(siphash)
{
	u64 v0 = 0x736f6d6570736575ULL, v1 = 0x646f72616e646f6dULL;
	u64 v2 = 0x6c7967656e657261ULL, v3 = 0x7465646279746573ULL;

	for (u32 k = 0; k < 16; k++) {
		for (u32 i = 0; i < 4096; i += 8) {
			u64 m = *(const u64 *)(data + i);

			v3 ^= m;
			ROUND;
			ROUND;
			v0 ^= m;
		}
	}
	v2 ^= 0xff;
	ROUND;
	ROUND;
	ROUND;
	ROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}
