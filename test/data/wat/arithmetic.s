// arithmetic: 64-bit and 32-bit operations on registers that are locals
r0 = r1
r0 += 7
w2 = w1
w2 *= 3
r0 ^= r2
r0 s>>= 2
exit
