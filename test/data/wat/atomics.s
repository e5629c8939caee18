// atomics: plain instructions in memory that no other thread of the host has
lock *(u64 *)(r1 + 0) += r2
w2 = atomic_fetch_or((u32 *)(r1 + 8), w2)
r0 = 1
r0 = cmpxchg_64(r1 + 0, r0, r2)
exit
