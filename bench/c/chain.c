/* Functions that call each other with a structure on the stack: a tree is counted that numbers describe. */
#include "bench.h"

struct count {
	u64 nodes, leaves, weight;
};

static NOINLINE u64 weigh(u64 node, u64 depth)
{
	return (node * 0x9e3779b97f4a7c15ULL >> 58) + depth;
}

static NOINLINE void visit(struct count *count, u64 node, u64 depth)
{
	count->nodes++;
	count->weight += weigh(node, depth);
	if (depth == 0) {
		count->leaves++;
		return;
	}
	visit(count, node * 2, depth - 1);
	if (node % 3 != 0)
		visit(count, node * 2 + 1, depth - 1);
	else
		count->weight ^= node;
}

ENTRY(chain)
{
	struct count count = { 0, 0, 0 };

	visit(&count, 1, 6);
	for (u32 i = 0; i < 40; i++)
		visit(&count, count.weight & 1023, 5);
	return count.nodes << 40 ^ count.leaves << 20 ^ count.weight;
}
