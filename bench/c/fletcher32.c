/* The checksum over all data, sums folded every 359 words. */
#include "bench.h"

ENTRY(fletcher32)
{
	const u16 *p = (const u16 *)data;
	u64 words = DATA_SIZE / 2, a = 0xffff, b = 0xffff;

	while (words > 0) {
		u64 n = words > 359 ? 359 : words;

		words -= n;
		do {
			a += *p++;
			b += a;
		} while (--n > 0);
		a = (a & 0xffff) + (a >> 16);
		b = (b & 0xffff) + (b >> 16);
	}
	a = (a & 0xffff) + (a >> 16);
	b = (b & 0xffff) + (b >> 16);
	return b << 16 | a;
}
