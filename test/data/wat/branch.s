// branch: two ways that meet again
if r1 s> 5 goto more
r0 = 1
goto out
more:
r0 = 2
out:
r0 += r1
exit
