// loop: the budget is looked at where the jump goes back
r0 = 0
again:
r0 += r1
r1 += -1
if r1 != 0 goto again
exit
