/* Collatz with a table of the chains that are known. */
#include "bench.h"

ENTRY(collatz32)
{
	u16 *known = (u16 *)data;
	u32 longest = 0, at = 0;

	known[1] = 1;
	for (u32 n = 2; n < 8000; n++) {
		u64 x = n;
		u32 steps = 0;

		while (x >= n) {
			if (x % 2 == 0)
				x /= 2;
			else
				x = (3 * x + 1) / 2, steps++;
			steps++;
		}
		known[n] = steps + known[x];
		if (known[n] > longest) {
			longest = known[n];
			at = n;
		}
	}
	return (u64)longest << 32 | at;
}
