/* Trial division: counts the primes below 6000. */
#include "bench.h"

ENTRY(primes)
{
	u64 count = 0;

	for (u64 n = 3; n < 6000; n += 2) {
		u64 d = 3;

		for (; d * d <= n; d += 2)
			if (n % d == 0)
				break;
		if (d * d > n)
			count++;
	}
	return count;
}
