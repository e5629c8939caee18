/* The longest of the chains that begin below 3000. */
#include "bench.h"

ENTRY(collatz)
{
	u64 longest = 0;

	for (u64 n = 1; n < 3000; n++) {
		u64 x = n, steps = 0;

		while (x != 1) {
			x = x & 1 ? 3 * x + 1 : x >> 1;
			steps++;
		}
		if (steps > longest)
			longest = steps;
	}
	return longest;
}
