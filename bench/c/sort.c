/* Sorts 2048 records of 16 bytes by a heap, then searches for some of them. */
#include "bench.h"

struct record {
	u32 key;
	u32 value;
	u64 more;
};

static NOINLINE void sift(struct record *heap, u32 from, u32 count)
{
	struct record moving = heap[from];
	u32 at = from;

	for (u32 child = 2 * at + 1; child < count; child = 2 * at + 1) {
		if (child + 1 < count && heap[child + 1].key > heap[child].key)
			child++;
		if (heap[child].key <= moving.key)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = moving;
}

ENTRY(sort)
{
	struct record *records = (struct record *)data;
	const u32 count = 2048;
	u64 sum = 0;
	u32 x = 12345;

	for (u32 i = 0; i < count; i++) {
		x = x * 1664525 + 1013904223;
		records[i] = (struct record){ x >> 8, i, (u64)x << 7 };
	}
	for (u32 i = count / 2; i > 0; i--)
		sift(records, i - 1, count);
	for (u32 i = count - 1; i > 0; i--) {
		struct record top = records[0];

		records[0] = records[i];
		records[i] = top;
		sift(records, 0, i);
	}
	for (u32 i = 0; i < 500; i++) {
		u32 low = 0, high = count, wanted = i * 33554;

		while (low < high) {
			u32 middle = (low + high) / 2;

			if (records[middle].key < wanted)
				low = middle + 1;
			else
				high = middle;
		}
		if (low < count)
			sum = sum * 31 + records[low].value + records[low].more;
	}
	return sum;
}
