// load-store: every access is looked up in the shadow, one in the own frame is known to be right
r2 = *(u32 *)(r1 + 4)
*(u64 *)(r10 - 8) = r2
r0 = *(s16 *)(r10 - 8)
*(u8 *)(r1 + 0) = 7
exit
