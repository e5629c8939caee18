/* SipHash-2-4 of messages of all lengths up to 256 bytes: state and tail in memory, the key read in network order. */
#include "bench.h"

struct sip {
	u64 v[4];
};

static inline __attribute__((always_inline)) void sip_round(struct sip *s)
{
	s->v[0] += s->v[1];
	s->v[2] += s->v[3];
	s->v[1] = ROTL64(s->v[1], 13) ^ s->v[0];
	s->v[3] = ROTL64(s->v[3], 16) ^ s->v[2];
	s->v[0] = ROTL64(s->v[0], 32);
	s->v[2] += s->v[1];
	s->v[0] += s->v[3];
	s->v[1] = ROTL64(s->v[1], 17) ^ s->v[2];
	s->v[3] = ROTL64(s->v[3], 21) ^ s->v[0];
	s->v[2] = ROTL64(s->v[2], 32);
}

static NOINLINE u64 sip24(const u8 *key, const u8 *message, u64 length)
{
	u64 k0 = __builtin_bswap64(*(const u64 *)key), k1 = __builtin_bswap64(*(const u64 *)(key + 8));
	struct sip s = { { k0 ^ 0x736f6d6570736575ULL, k1 ^ 0x646f72616e646f6dULL,
			   k0 ^ 0x6c7967656e657261ULL, k1 ^ 0x7465646279746573ULL } };
	u64 last = length << 56;
	u64 i;

	for (i = 0; i + 8 <= length; i += 8) {
		u64 m = *(const u64 *)(message + i);

		s.v[3] ^= m;
		sip_round(&s);
		sip_round(&s);
		s.v[0] ^= m;
	}
	for (u32 shift = 0; i < length; i++, shift += 8)
		last |= (u64)message[i] << shift;
	s.v[3] ^= last;
	sip_round(&s);
	sip_round(&s);
	s.v[0] ^= last;
	s.v[2] ^= 0xff;
	for (u32 k = 0; k < 4; k++)
		sip_round(&s);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}

ENTRY(siphash24)
{
	u64 sum = 0;

	for (u32 length = 0; length <= 256; length++)
		sum += sip24(data + 1024, data + 16, length);
	return sum;
}
