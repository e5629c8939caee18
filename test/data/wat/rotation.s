// rotation: two shifts and an or become one instruction
r4 = r1
r4 <<= 13
r1 >>= 51
r1 |= r4
r0 = r1
exit
