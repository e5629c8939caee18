// calls: registers that the callee reads are its parameters; it says what is left of the budget beside r0
r6 = r1
r1 = 1
call add
r0 += r6
exit
add:
r0 = r1
r0 += 1
exit
