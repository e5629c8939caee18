// frames: a callee's frame is zeroed and opened in the shadow, and closed when it returns
r1 = r10
r1 += -8
call fill
r0 = *(u64 *)(r10 - 8)
exit
fill:
*(u64 *)(r10 - 16) = 1
*(u64 *)(r1 + 0) = 3
r0 = 0
exit
