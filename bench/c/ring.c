/* A producer of records for a ring buffer, which is empty when it begins and has room for all of them. */
#include "bench.h"

struct event {
	u64 at;
	u32 cpu, kind;
	u64 more[2];
};

RING(events, 131072);

ENTRY(ring)
{
	u64 refused = 0;

	for (u32 i = 0; i < 2000; i++) {
		struct event *event = RESERVE(events, sizeof(*event));

		if (!event) {
			refused++;
			continue;
		}
		event->at = i;
		event->cpu = 0;
		event->kind = i % 3;
		event->more[0] = i * 17;
		event->more[1] = ~(u64)i;
		SUBMIT(events, event);
	}
	return refused;
}
