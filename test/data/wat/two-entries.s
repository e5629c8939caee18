// two-entries: a loop that is entered at two places is not a nest of loops; blocks are dispatched by number
r0 = 0
if r1 == 0 goto second
first:
r0 += 1
second:
r0 += 2
r1 += 1
if r1 < 10 goto first
exit
