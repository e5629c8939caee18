// byte-order: swaps are made of rotations
r1 = be16 r1
r1 = be32 r1
r1 = bswap64 r1
r0 = r1
exit
