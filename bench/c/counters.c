/* Atomic counters: bytes are counted by their upper half, and each counter tells which of its additions was the 1000th. */
#include "bench.h"

ENTRY(counters)
{
	u64 *counter = (u64 *)(data + 32768);
	u64 sum = 0;

	for (u32 i = 0; i < 16; i++)
		counter[i] = 0;
	for (u32 i = 0; i < 32768; i++) {
		u64 before = __sync_fetch_and_add(&counter[data[i] >> 4], 1);

		if (before == 999)
			sum += i;
	}
	for (u32 i = 0; i < 16; i++)
		sum = sum * 31 + counter[i];
	return sum;
}
