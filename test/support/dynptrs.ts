/** Puts into a register the address of a place in the stack. */
export const at = (register: string, offset: number): string =>
  `${register} = r10\n    ${register} += ${offset}`;

/** A program that runs once, with a map's value of 64 bytes in r6; `got`, in r9, keeps what it finds. */
export const dynptrLab = (
  body: string,
  expectations: string,
): string => `map values : array { key 4, value 64, max_entries 1 }
map ring : ringbuf { max_entries 4096 }
global got : u64[16]
tracepoint hit()
program p : tc {
    *(u32 *)(r10 - 4) = 0
    r2 = r10
    r2 += -4
    r1 = values ll
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r6 = r0
    r9 = got ll
${body}
out:
    r0 = 0
    exit
}
scenario {
    cpu 0 { test_run p }
${expectations}
}
`;
