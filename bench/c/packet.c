/* A packet parser: Ethernet, perhaps a VLAN, IPv4 with its checksum, TCP or UDP, each after a check of bounds. */
#include "bench.h"

struct ethernet { u8 to[6], from[6]; u16 type; } __attribute__((packed));
struct vlan { u16 tag, type; } __attribute__((packed));
struct ipv4 { u8 version_length, tos; u16 length, id, fragment; u8 ttl, protocol; u16 checksum; u32 from, to; } __attribute__((packed));
struct ports { u16 from, to; } __attribute__((packed));

struct flow { u32 from, to; u16 from_port, to_port; u32 protocol; };

#define BE16(x) __builtin_bswap16(x)
#define BE32(x) __builtin_bswap32(x)

static NOINLINE s32 parse(const u8 *at, const u8 *end, struct flow *flow)
{
	const struct ethernet *ethernet = (const void *)at;
	const struct ipv4 *ip;
	const struct ports *ports;
	u32 sum = 0, length;
	u16 type;

	if (at + sizeof(*ethernet) > end)
		return -1;
	type = BE16(ethernet->type);
	at += sizeof(*ethernet);
	if (type == 0x8100) {
		if (at + sizeof(struct vlan) > end)
			return -2;
		type = BE16(((const struct vlan *)at)->type);
		at += sizeof(struct vlan);
	}
	if (type != 0x0800)
		return -3;
	ip = (const void *)at;
	if (at + sizeof(*ip) > end)
		return -4;
	length = (ip->version_length & 15) * 4;
	if (ip->version_length >> 4 != 4 || length < sizeof(*ip) || at + length > end)
		return -5;
	for (u32 i = 0; i < sizeof(*ip); i += 2)
		sum += *(const u16 *)(at + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	at += length;
	if (ip->protocol != 6 && ip->protocol != 17)
		return -6;
	ports = (const void *)at;
	if (at + sizeof(*ports) > end)
		return -7;
	flow->from = BE32(ip->from);
	flow->to = BE32(ip->to);
	flow->from_port = BE16(ports->from);
	flow->to_port = BE16(ports->to);
	flow->protocol = ip->protocol << 16 | (sum & 0xffff);
	return 0;
}

ENTRY(packet)
{
	u64 sum = 0;

	/* 64 packets of 64 bytes, cut off at different places. */
	for (u32 n = 0; n < 64; n++) {
		u8 *at = data + n * 64;
		u32 vlan = n & 1 ? 4 : 0;

		at[12] = vlan ? 0x81 : 0x08;
		at[13] = 0;
		at[16] = 0x08;
		at[17] = 0;
		at[14 + vlan] = 0x45;
		at[23 + vlan] = n % 5 == 0 ? 1 : n & 2 ? 6 : 17;
	}
	for (u32 round = 0; round < 40; round++) {
		for (u32 n = 0; n < 64; n++) {
			struct flow flow = { 0 };
			const u8 *at = data + n * 64;
			s32 error = parse(at, at + 64 - (n * 7 + round) % 48, &flow);

			if (error)
				sum = sum * 3 + (u32)-error;
			else
				sum = ROTL64(sum, 5) ^ flow.from ^ (u64)flow.to << 16 ^ flow.from_port ^ (u64)flow.to_port << 32 ^ flow.protocol;
		}
	}
	return sum;
}
