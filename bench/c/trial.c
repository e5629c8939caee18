/* Trial division of 32-bit numbers by a list of small primes that is made first. */
#include "bench.h"

ENTRY(trial)
{
	u32 *primes = (u32 *)data;
	u32 count = 0, found = 0;

	for (u32 n = 2; n < 320; n++) {
		u32 i;

		for (i = 0; i < count; i++)
			if (n % primes[i] == 0)
				break;
		if (i == count)
			primes[count++] = n;
	}
	for (u32 n = 90001; n < 94001; n += 2) {
		u32 i;

		for (i = 0; i < count && primes[i] * primes[i] <= n; i++)
			if (n % primes[i] == 0)
				break;
		if (i == count || primes[i] * primes[i] > n)
			found++;
	}
	return (u64)found << 32 | count;
}
