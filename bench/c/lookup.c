/* Lookups in an array map, one after the other. */
#include "bench.h"

ARRAY(values, u64, 256);

ENTRY(lookup)
{
	u64 sum = 0;

	for (u32 i = 0; i < 20000; i++) {
		u64 *value = LOOKUP(values, (i * 7) & 511);

		if (value)
			sum += *value + 1;
	}
	return sum;
}
