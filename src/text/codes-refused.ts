// Long because it is a table: an entry for each kind of refusal, with a lab that is refused and one that is not.

import type { CodeInfo } from './code-info.js';

/** Reserves in a ring buffer, and gives back. */
const RESERVES = `map ring : ringbuf { max_entries 4096 }
program p : fentry/htab_map_delete_elem {
    r1 = ring ll
    r2 = 8
    r3 = 0
    call bpf_ringbuf_reserve
    if r0 == 0 goto out
    r1 = r0
    r2 = 0
    call bpf_ringbuf_discard
out:
    r0 = 0
    exit
}`;

/** What Linux's verifier refuses, the first being all else. The page has these in a file of their own. */
export const REFUSAL_CODES = {
  B0513: {
    title: 'refused for another reason',
    explain:
      'Linux looks at a program along all its paths before it loads it, and refuses what it cannot show to be safe. Most reasons have a code of their own; of this one there are the words of the kernel, with the branches that lead to the instruction. Here the program runs all the same, so that one can see why it does not there; with `--verify` it is refused, with `--no-verify` nothing is said.',
  },
  B0514: {
    title: 'address that may be null',
    explain:
      'What a lookup or a reservation gives is null where there is nothing, and Linux wants that to be asked before the address is used: in a branch in which it was compared with 0. The kernel names such addresses with `_or_null` at the end.',
    wrong: `map h : hash { key 4, value 8, max_entries 1 }
program p : fentry/htab_map_delete_elem {
    *(u32 *)(r10 - 4) = 1
    r1 = h ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r1 = *(u64 *)(r0 + 0)
    r0 = 0
    exit
}`,
    right: `map h : hash { key 4, value 8, max_entries 1 }
program p : fentry/htab_map_delete_elem {
    *(u32 *)(r10 - 4) = 1
    r1 = h ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r1 = *(u64 *)(r0 + 0)
out:
    r0 = 0
    exit
}`,
  },
  B0515: {
    title: 'access through what is not the address of memory',
    explain:
      'Memory is read and written through addresses only that the kernel has handed out: of the stack, of values of maps, of the context. A number is not one of them, whatever it is equal to, nor is what was released before. `bpf_probe_read_kernel` reads from any number, and says if there is nothing.',
    wrong: `global g : u64[2]
program p : fentry/htab_map_delete_elem {
    r1 = 4096
    r1 = *(u64 *)(r1 + 0)
    r0 = 0
    exit
}`,
    right: `global g : u64[2]
program p : fentry/htab_map_delete_elem {
    r1 = g ll
    r1 = *(u64 *)(r1 + 0)
    r0 = 0
    exit
}`,
  },
  B0516: {
    title: 'argument of another kind',
    explain:
      'A helper or a function of the kernel wants an address of another kind in this register, or an address where there is a number. What the register holds comes after `type=`, what could be there after `expected=`; `tinybpf list helpers` shows what each takes.',
    wrong: `map h : hash { key 4, value 8, max_entries 1 }
program p : fentry/htab_map_delete_elem {
    r1 = h ll
    r2 = 1
    call bpf_map_lookup_elem
    r0 = 0
    exit
}`,
    right: `map h : hash { key 4, value 8, max_entries 1 }
program p : fentry/htab_map_delete_elem {
    *(u32 *)(r10 - 4) = 1
    r1 = h ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r0 = 0
    exit
}`,
  },
  B0517: {
    title: 'access out of bounds',
    explain:
      'The address is that of a value of a map, of a variable or of other memory plus an offset of which Linux knows too little: at least one of the offsets that it takes for possible is outside. Comparing the register with the size, or masking it, bounds it; of a signed number both ends have to be compared.',
    wrong: `global g : u64[2]
program p : fentry/htab_map_delete_elem {
    call bpf_get_prandom_u32
    r1 = g ll
    r1 += r0
    r1 = *(u8 *)(r1 + 0)
    r0 = 0
    exit
}`,
    right: `global g : u64[2]
program p : fentry/htab_map_delete_elem {
    call bpf_get_prandom_u32
    r0 &= 15
    r1 = g ll
    r1 += r0
    r1 = *(u8 *)(r1 + 0)
    r0 = 0
    exit
}`,
  },
  B0518: {
    title: 'access outside of the stack',
    explain:
      'A function has the bytes from r10 - 512 to r10, the last of which is r10 - 1. An address that is stored there is loaded with all of its 8 bytes again.',
    wrong: `map h : hash { key 4, value 8, max_entries 1 }
program p : fentry/htab_map_delete_elem {
    r1 = h ll
    r2 = r10
    call bpf_map_lookup_elem
    r0 = 0
    exit
}`,
    right: `map h : hash { key 4, value 8, max_entries 1 }
program p : fentry/htab_map_delete_elem {
    *(u32 *)(r10 - 4) = 1
    r1 = h ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r0 = 0
    exit
}`,
  },
  B0519: {
    title: 'too much stack',
    explain:
      'Functions that call each other share 512 bytes of stack, 256 where one of them has called with a tail call. Since Linux 7.0 each function of a tracing program has 512 bytes of its own.',
    wrong: `program p : fentry/htab_map_delete_elem {
    *(u64 *)(r10 - 400) = 1
    call below
    r0 = 0
    exit
below:
    *(u64 *)(r10 - 400) = 1
    r0 = 0
    exit
}
scenario { kernel amd64-6.12 }`,
    right: `program p : fentry/htab_map_delete_elem {
    *(u64 *)(r10 - 200) = 1
    call below
    r0 = 0
    exit
below:
    *(u64 *)(r10 - 200) = 1
    r0 = 0
    exit
}
scenario { kernel amd64-6.12 }`,
  },
  B0520: {
    title: 'access that is not aligned',
    explain:
      'Linux wants the stack and values of maps to be accessed at offsets that are multiples of the size of the access.',
    wrong: `program p : fentry/htab_map_delete_elem {
    *(u64 *)(r10 - 12) = 1
    r0 = 0
    exit
}`,
    right: `program p : fentry/htab_map_delete_elem {
    *(u64 *)(r10 - 16) = 1
    r0 = 0
    exit
}`,
  },
  B0521: {
    title: 'result that such a program may not return',
    explain:
      'What programs of a kind may return depends on what the kernel does with it: fentry and fexit programs return 0, sessions on probes 0 or 1, LSM programs 0 or an error number. The register must be in that range on each path to the end.',
    wrong: `program p : fentry/htab_map_delete_elem {
    r0 = 1
    exit
}`,
    right: `program p : fentry/htab_map_delete_elem {
    r0 = 0
    exit
}`,
  },
  B0522: {
    title: 'access to the context',
    explain:
      'The context has fields of fixed offsets and sizes, which are different for each kind of program; most cannot be written, and none is accessed at an offset that is not a constant.',
    wrong: `program p : fentry/htab_map_delete_elem {
    r1 = *(u64 *)(r1 + 4)
    r0 = 0
    exit
}`,
    right: `program p : fentry/htab_map_delete_elem {
    r1 = *(u64 *)(r1 + 0)
    r0 = 0
    exit
}`,
  },
  B0523: {
    title: 'function that calls itself',
    explain:
      'Functions of a program may call each other 8 deep, 16 since Linux 7.0, and none may come back to itself: Linux works out beforehand how much stack they take.',
    wrong: `program p : fentry/htab_map_delete_elem {
    call again
    r0 = 0
    exit
again:
    call again
    r0 = 0
    exit
}`,
    right: `program p : fentry/htab_map_delete_elem {
    call once
    r0 = 0
    exit
once:
    r0 = 0
    exit
}`,
  },
  B0524: {
    title: 'loop of which no end is seen',
    explain:
      'Linux walks each round of a loop, a million instructions over all. One that comes back to where nothing has changed has no end, and one of too many rounds, or of too many branches in them, is refused as well.',
    wrong: `program p : fentry/htab_map_delete_elem {
    r1 = 1
again:
    if r1 == 1 goto again
    r0 = 0
    exit
}`,
    right: `program p : fentry/htab_map_delete_elem {
    r1 = 10
again:
    r1 += -1
    if r1 != 0 goto again
    r0 = 0
    exit
}`,
  },
  B0525: {
    title: 'what was acquired is not released',
    explain:
      'What some functions give has to be given back, once, on each path to the end: memory of a ring buffer, tasks, masks of CPUs. The kernel names the instruction that acquired it with `alloc_insn`.',
    wrong: `map ring : ringbuf { max_entries 4096 }
program p : fentry/htab_map_delete_elem {
    r1 = ring ll
    r2 = 8
    r3 = 0
    call bpf_ringbuf_reserve
    r0 = 0
    exit
}`,
    right: RESERVES,
  },
  B0526: {
    title: 'lock or section that is not ended, or misused',
    explain:
      'What keeps others away (a spin lock, a section of RCU, interrupts or preemption that are off) has to end before the program does, and in the function in which it began. While a lock is held hardly anything may be called.',
    wrong: `program p : fentry/htab_map_delete_elem {
    call bpf_rcu_read_lock
    r0 = 0
    exit
}`,
    right: `program p : fentry/htab_map_delete_elem {
    call bpf_rcu_read_lock
    call bpf_rcu_read_unlock
    r0 = 0
    exit
}`,
  },
  B0527: {
    title: 'call that may sleep',
    explain:
      'Only programs that were loaded as sleepable ones (`.s` after their kind) may call what sleeps, and not while they hold a lock, or interrupts or preemption are off.',
    wrong: `function work() sleepable {
    r0 = 0
    exit
}
program p : fentry/work {
    r1 = r10
    r1 += -8
    r2 = 8
    r3 = 0
    call bpf_copy_from_user
    r0 = 0
    exit
}`,
    right: `function work() sleepable {
    r0 = 0
    exit
}
program p : fentry.s/work {
    r1 = r10
    r1 += -8
    r2 = 8
    r3 = 0
    call bpf_copy_from_user
    r0 = 0
    exit
}`,
  },
  B0528: {
    title: 'argument that has to be a constant',
    explain:
      'Some sizes and flags must be known when the program is loaded: what a ring buffer is asked for, for one. Others may vary, but must not be 0.',
    wrong: `map ring : ringbuf { max_entries 4096 }
program p : fentry/htab_map_delete_elem {
    call bpf_get_prandom_u32
    r1 = ring ll
    r2 = r0
    r3 = 0
    call bpf_ringbuf_reserve
    r0 = 0
    exit
}`,
    right: RESERVES,
  },
  B0529: {
    title: 'access outside of the packet',
    explain:
      'How long a packet is nobody knows beforehand: an address in it has to be compared with `data_end`, and only what lies before may be read.',
    wrong: `program p : tc {
    r2 = *(u32 *)(r1 + 76)
    r1 = *(u8 *)(r2 + 0)
    r0 = 0
    exit
}`,
    right: `program p : tc {
    r2 = *(u32 *)(r1 + 76)
    r3 = *(u32 *)(r1 + 80)
    r4 = r2
    r4 += 1
    if r4 > r3 goto out
    r1 = *(u8 *)(r2 + 0)
out:
    r0 = 0
    exit
}`,
  },
  B0530: {
    title: 'arithmetic with an address',
    explain:
      'To an address a number may be added, and from one it may be subtracted, in 64 bits, where the result stays near what it is the address of. Nothing else can be done with it: no multiplying, no shifting, no masking.',
    wrong: `program p : fentry/htab_map_delete_elem {
    r1 *= 2
    r0 = 0
    exit
}`,
    right: `program p : fentry/htab_map_delete_elem {
    r1 += 8
    r0 = 0
    exit
}`,
  },
  B0531: {
    title: 'instruction that this kernel does not know',
    explain:
      'The encoding of the instruction came with a later kernel, or has something in a field that must be 0. Of version 4 (sign extension, `bswap`, signed division, long jumps) Linux knows since 6.6.',
    wrong: `program p : fentry/htab_map_delete_elem {
    r0 = 5
    r0 = (s8)r0
    r0 = 0
    exit
}
scenario { kernel amd64-6.1 }`,
    right: `program p : fentry/htab_map_delete_elem {
    r0 = 5
    r0 <<= 56
    r0 s>>= 56
    r0 = 0
    exit
}
scenario { kernel amd64-6.1 }`,
  },
  B0532: {
    title: 'map that cannot be used so',
    explain:
      'Each helper takes maps of some types only, a map that is read-only for programs is not written, and what sleepable programs may use is fewer.',
    wrong: `map h : hash { key 4, value 8, max_entries 1 }
map ring : ringbuf { max_entries 4096 }
program p : fentry/htab_map_delete_elem {
    r1 = h ll
    r2 = 0
    call bpf_ringbuf_query
    r0 = 0
    exit
}`,
    right: `map h : hash { key 4, value 8, max_entries 1 }
map ring : ringbuf { max_entries 4096 }
program p : fentry/htab_map_delete_elem {
    r1 = ring ll
    r2 = 0
    call bpf_ringbuf_query
    r0 = 0
    exit
}`,
  },
  B0533: {
    title: 'access to an object of the kernel',
    explain:
      'An object of the kernel has the fields that its type has in BTF: each is read as a whole or in part, none beyond the end, and nearly none is written.',
    wrong: `program p : fentry/htab_map_delete_elem {
    call bpf_get_current_task_btf
    *(u64 *)(r0 + 0) = 1
    r0 = 0
    exit
}`,
    right: `program p : fentry/htab_map_delete_elem {
    call bpf_get_current_task_btf
    r1 = *(u64 *)(r0 + 0)
    r0 = 0
    exit
}`,
  },
  B0534: {
    title: 'instruction that is not reached, or an end that is missing',
    explain:
      'Each instruction of a program has to be reachable, each function ends with `exit` or with a jump, and a jump leads to an instruction of its own function.',
    wrong: `program p : fentry/htab_map_delete_elem {
    r0 = 0
    exit
    r0 = 1
    exit
}`,
    right: `program p : fentry/htab_map_delete_elem {
    r0 = 0
    exit
}`,
  },
  B0535: {
    title: 'division by 0, or shift by too much',
    explain:
      'Linux refuses a constant divisor of 0, and a constant shift by as many bits as the register has or more. Where the other operand is a register nothing is refused: dividing by 0 gives 0 there, and of a shift the low bits count.',
    wrong: `program p : fentry/htab_map_delete_elem {
    r0 = 5
    r0 /= 0
    r0 = 0
    exit
}`,
    right: `program p : fentry/htab_map_delete_elem {
    r0 = 5
    r0 /= 1
    r0 = 0
    exit
}`,
  },
} satisfies Record<string, CodeInfo>;

export type RefusalCode = keyof typeof REFUSAL_CODES;
