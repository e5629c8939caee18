// may-goto: the passes of a bounded loop are counted in the frame's record
r0 = 0
again:
may_goto out
r0 += 1
goto again
out:
exit
