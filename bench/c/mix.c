/* Arithmetic of both widths with divisions by constants, on more values than there are registers. */
#include "bench.h"

ENTRY(mix)
{
	u64 a = 1, b = 0x9e3779b97f4a7c15ULL, c = 3, d = 0x123456789abcdefULL, e = 5, f = 7, g = 11, h = 13;

	for (u32 i = 1; i <= 60000; i++) {
		a += b ^ i;
		b = ROTL64(b, 23) + c;
		c ^= a >> 11;
		d = d * 0x2545f4914f6cdd1dULL + h;
		e += (u32)d % 1000;
		f ^= (e << 5) - g;
		g += f & 0xffffff;
		h = (h ^ g) + (u32)(a + e);
	}
	return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h;
}
