// leaf: a call out, with arguments and result in the thread's block
r1 = 5
r2 = 6
call 0
exit
