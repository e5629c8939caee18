import type { RefusalCode } from '../text/codes-refused.js';

/** What the kernel says, of what kind that is, and what to write instead. */
interface RefusalRow {
  readonly says: RegExp;
  readonly code: RefusalCode | 'B0511' | 'B0512';
  readonly help: string;
}

const row = (says: RegExp, code: RefusalRow['code'], help: string): RefusalRow => ({ says, code, help });

/** By the kernel's lines. The first that matches counts. */
const REFUSALS: readonly RefusalRow[] = [
  row(
    /!read_ok/,
    'B0511',
    'give the register a value on every path that leads here; a call leaves nothing in r1 to r5',
  ),
  row(
    /invalid (?:indirect )?read from stack (?:R\d+ )?(?:off -?\d+\+\d|var_off .*\+\d)/,
    'B0512',
    'write all the bytes first that are read',
  ),
  row(
    /_or_null'|type=\w*_or_null expected|null-check it first|possibly NULL/i,
    'B0514',
    'compare it with 0 first, and use it only where it is not 0',
  ),
  row(
    /invalid access to packet|outside of the packet/,
    'B0529',
    'compare the address with `data_end` first, and read only what lies before it',
  ),
  row(
    /invalid mem access 'scalar'/,
    'B0515',
    'only an address can be read through, and none that was released; `bpf_probe_read_kernel` reads from a number',
  ),
  row(
    /invalid mem access '/,
    'B0515',
    'this is an address of something else than memory: it can only be handed to calls',
  ),
  row(
    /cannot pass map_type|programs can only use .* maps|(?:write into|read from) map forbidden|does not point to a readonly map|doesn't match map pointer/,
    'B0532',
    'use a map of another type, or what is made for this one',
  ),
  row(
    /type=\w+ expected=|is (?:of type )?\w+,? (?:but|expected) |passes invalid args|expected (?:an? )?(?:initialized|pointer)|not a scalar value/,
    'B0516',
    'hand over what the kernel names as expected; what was released is a number',
  ),
  row(
    /access beyond|only read is supported|invalid negative access|cannot access ptr member|access percpu memory|(?:store to|access) referenced kptr|kptr (?:access|cannot)/,
    'B0533',
    'read fields as they are in the type, and write none',
  ),
  row(/min value is negative/, 'B0517', 'compare the register with 0 first, or mask it with `&=`'),
  row(
    /max value is outside|unbounded memory access|unbounded min value|makes \w+ pointer be out of bounds/,
    'B0517',
    'compare the register with the size first, or mask it with `&=`',
  ),
  row(
    /min value is outside|invalid access to (?:map value|map key|memory)/,
    'B0517',
    'stay within the size: even the lowest address that it can be is outside',
  ),
  row(
    /size of register (?:spill|fill)|corrupted spill/,
    'B0518',
    'store and load an address with all of its 8 bytes',
  ),
  row(
    /tail_calls are not allowed when|combined stack size|stack size of subprog/,
    'B0519',
    'use less stack, or keep large data in a map',
  ),
  row(/misaligned/, 'B0520', 'use an offset that is a multiple of the size of the access'),
  row(
    /(?:read from|write to|access to) stack|variable-offset stack access|pointers? to (?:the )?stack|stack pointer/,
    'B0518',
    'stay between r10 - 512 and r10, and keep addresses of the stack to the function and what it calls',
  ),
  row(
    /the register R0 (?:has|is)/,
    'B0521',
    'return one of the values that programs of this kind may return',
  ),
  row(
    /invalid \w* ?context access|stores into R\d+ ctx|variable ctx access|modified ctx|negative offset ctx/,
    'B0522',
    'read what programs of this kind find there, in its size; most of it cannot be written',
  ),
  row(
    /recursive call|back-edge from|frames is too deep/,
    'B0523',
    'functions of a program cannot call themselves: write a loop, or use bpf_loop',
  ),
  row(
    /infinite loop|too complex|program is too large/,
    'B0524',
    'give the loop a bound that can be seen, or use bpf_loop',
  ),
  row(
    /Unreleased reference|Leaking reference|reference has not been acquired|reference leak/,
    'B0525',
    'release what was acquired on every path, once',
  ),
  row(
    /might sleep|sleepable helper|is sleepable within/,
    'B0527',
    'only programs that may sleep (`.s` after their kind) can call it, and only outside of locks and sections',
  ),
  row(
    /-ed region|spin_lock|spin_unlock|holding a lock|taking a lock|lock is not held|unlock of/,
    'B0526',
    'end what was begun before: a section of RCU, a lock, or what keeps interrupts or other tasks away',
  ),
  row(
    /is not a const\b|not a known constant|must be a known constant/,
    'B0528',
    'give it a number that is known when the program is loaded',
  ),
  row(/zero-sized read/, 'B0528', 'give a size above 0'),
  row(
    /pointer arithmetic|bitwise operator .* on pointer|pointer operation|math between|pointer offset .* is not allowed|subtract pointer|pointer comparison|subtraction from|pointer [-+|&^*/%<>]+= pointer/,
    'B0530',
    'add a number to an address, or subtract one from it, and nothing else',
  ),
  row(
    /reserved fields|unknown opcode|invalid atomic|invalid bpf_ld_imm64|address space/,
    'B0531',
    'write it with instructions of version 3, or choose a later kernel; `tinybpf list insns` has the versions',
  ),
  row(/unreachable insn/, 'B0534', 'leave the instruction out, or jump to it'),
  row(
    /last insn is not|jump out of range|jump into the middle|fell through|invalid destination/,
    'B0534',
    'end each function with `exit` or a jump, and jump to instructions of the same function',
  ),
  row(/div by zero|division by zero/, 'B0535', 'divide by something that is not 0'),
  row(/invalid shift/, 'B0535', 'shift by less than the width of the register'),
  // What labs cannot have, or what is refused before.
  row(/frame pointer is read only/, 'B0513', 'copy r10 to another register, and change that'),
  row(
    /unknown func|invalid func|cannot use helper/,
    'B0513',
    '`tinybpf list helpers` shows which helpers there are',
  ),
  row(/calling kernel function/, 'B0513', '`tinybpf list kfuncs` shows which programs can call what'),
  row(/GPL/, 'B0513', 'the programs need a licence that is compatible with the GPL'),
];

/** Of what kind a refusal is, by the lines in which the kernel says what is wrong, and what to write instead where something general can be said. */
export function kindOfRefusal(lines: readonly string[]): {
  readonly code: RefusalRow['code'];
  readonly help?: string;
} {
  return REFUSALS.find(({ says }) => lines.some((line) => says.test(line))) ?? { code: 'B0513' };
}
