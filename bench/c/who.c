/* Asks who runs, and where, as most tools do of every event: helpers that real programs call. */
#include "bench.h"

WHO;

ENTRY(who)
{
	u64 self = current_pid_tgid();
	u64 sum = 0;

	for (u64 i = 0; i < 20000; i++) {
		sum += current_pid_tgid() ^ self;
		sum += processor_id() + i;
	}
	return sum;
}
