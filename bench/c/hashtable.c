/* A hash table with open addressing, kept in the data: words are put in and looked up by keys of 8 bytes. */
#include "bench.h"

#define SLOTS 1024

struct slot {
	u64 key;
	u32 count;
	u32 last;
};

static inline u32 hash(u64 key)
{
	key ^= key >> 32;
	key *= 0x9e3779b97f4a7c15ULL;
	return key >> 54;
}

static NOINLINE struct slot *find(struct slot *table, u64 key)
{
	u32 at = hash(key);

	for (u32 i = 0; i < SLOTS; i++) {
		struct slot *slot = &table[(at + i) & (SLOTS - 1)];

		if (slot->key == key || slot->key == 0)
			return slot;
	}
	return 0;
}

ENTRY(hashtable)
{
	struct slot *table = (struct slot *)(data + 32768);
	u64 x = 1, sum = 0;

	for (u32 i = 0; i < SLOTS; i++) {
		table[i].key = 0;
		table[i].count = 0;
		table[i].last = i;
	}
	for (u32 i = 0; i < 20000; i++) {
		struct slot *slot;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		slot = find(table, (x >> 33) % 700 + 1);
		if (!slot)
			return 0;
		if (slot->key == 0)
			slot->key = (x >> 33) % 700 + 1;
		slot->count++;
		sum += i - slot->last;
		slot->last = i;
	}
	return sum;
}
