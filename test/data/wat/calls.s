// calls: registers that the callee reads are its parameters; it says what is left of the budget beside r0
r1 = 20
call fib
exit
fib:
r0 = r1
if r1 < 2 goto out
r6 = r1
r1 += -1
call fib
r7 = r0
r1 = r6
r1 += -2
call fib
r0 += r7
out:
exit
