// indirect-call: a function that was seen to be called here is called directly, any other is left to the interpreter
r1 = 5
r2 = one ll
callx r2
exit
one:
r0 = 1
exit
