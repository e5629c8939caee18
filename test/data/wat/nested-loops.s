// nested-loops: a loop in a loop, with a way out of both
r0 = 0
outer:
r2 = 10
inner:
r0 += r2
if r0 > 1000 goto out
r2 += -1
if r2 != 0 goto inner
r1 += -1
if r1 != 0 goto outer
out:
exit
