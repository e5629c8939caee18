// division: by zero gives 0, and the least value by -1 itself, where WebAssembly would trap
r0 = r1
r0 /= r2
w1 s/= w2
r0 += r1
r0 %= 10
exit
