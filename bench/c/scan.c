/* Words in text: a scan that asks before every byte whether the end has been reached, and compares with some names. */
#include "bench.h"

static NOINLINE s32 matches(const u8 *at, const u8 *end, const char *name, u32 length)
{
	for (u32 i = 0; i < length; i++) {
		if (at + i + 1 > end)
			return 0;
		if (at[i] != (u8)name[i])
			return 0;
	}
	return 1;
}

ENTRY(scan)
{
	static const char text[] = "open read write close stat mmap ioctl ";
	u8 *end = data + 16384;
	u64 words = 0, longest = 0, hits = 0, hash = 5381;
	const u8 *at = data;

	for (u32 i = 0; i < 16384; i++)
		data[i] = text[(i * 5 + i / 37) % (sizeof(text) - 1)];
	for (u32 round = 0; round < 16384; round++) {
		u64 length = 0;

		while (at + 1 <= end && *at == ' ')
			at++;
		if (at + 1 > end)
			break;
		if (matches(at, end, "or", 2) || matches(at, end, "wae", 3))
			hits++;
		while (at + 1 <= end && *at != ' ') {
			hash = hash * 33 + *at;
			at++;
			length++;
		}
		words++;
		if (length > longest)
			longest = length;
	}
	return hash ^ words << 40 ^ longest << 20 ^ hits;
}
