// inlined-call: a small body is inlined, once budget and stack are known to be enough for it
r6 = r1
r1 = 1
call add
r0 += r6
exit
add:
r0 = r1
r0 += 1
exit
