/* The checksum over packets of 1000 bytes whose words are in network order. */
#include "bench.h"

static NOINLINE u32 fletcher(const u8 *bytes, u32 length)
{
	u32 a = 0, b = 0;

	for (u32 i = 0; i + 1 < length; i += 2) {
		a += __builtin_bswap16(*(const u16 *)(bytes + i));
		if (a >= 65535)
			a -= 65535;
		b += a;
		if (b >= 65535)
			b -= 65535;
	}
	return b << 16 | a;
}

ENTRY(fletcher_be)
{
	u64 sum = 0;

	for (u32 at = 0; at + 1000 <= DATA_SIZE; at += 1000)
		sum = ROTL64(sum, 7) ^ fletcher(data + at, 1000);
	return sum;
}
