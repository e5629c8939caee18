/* A loop of calls of a helper, each of which needs the result of the one before. */
#include "bench.h"

HELPER;

ENTRY(helpers)
{
	u64 sum = 0;

	for (u64 i = 0; i < 50000; i++)
		sum = helper(sum, i);
	return sum;
}
