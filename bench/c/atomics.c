/* Atomic additions to one word, whose old value is wanted. */
#include "bench.h"

ENTRY(atomics)
{
	u64 *counter = (u64 *)data;
	u64 sum = 0;

	*counter = 0;
	for (u64 i = 0; i < 100000; i++)
		sum ^= __sync_fetch_and_add(counter, i);
	return sum + *counter;
}
