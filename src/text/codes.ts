// Long because it is a table: an entry for each code, and no code.

import type { CodeInfo } from './code-info.js';
import { REFUSAL_CODES } from './codes-refused.js';
import { UNWRITTEN_CODES } from './codes-unwritten.js';

/**
 * Every diagnostic there is. A code never changes its meaning, and one that is given up is not given out again. The first
 * two digits say what it is about: B01 text, B02 instructions, B03 jumps and labels, B04 what a lab or a schedule says,
 * B05 bytecode and load-time checks, B06 names and limits of the kernel, allocation and benchmarks, B07 faults while
 * running, B08 files, options and commands, B09 bugs of ours, B10 object files.
 */
export const CODES = {
  B0101: {
    title: 'syntax error',
    explain:
      'The statement does not follow the grammar. `expected` lists what could come at the caret, and `help` says what was probably meant.',
  },
  B0102: {
    title: 'unbalanced braces',
    explain:
      'Every `{` needs its `}`, and a declaration before it. While braces are missing, errors further down may come from that.',
  },
  B0103: { title: 'unclosed comment', explain: 'A comment that begins with `/*` ends with `*/`.' },
  B0104: {
    title: 'statement too large',
    explain:
      'A statement may have 4096 characters and 64 levels of parentheses. Longer ones come from files that are not text.',
  },
  B0105: {
    title: 'text and bytes disagree',
    explain:
      'A listing line shows an instruction twice, as bytes and as text. They must be the same instruction.',
  },
  B0106: {
    title: 'unknown directive',
    explain:
      'Directives that clang prints are accepted, or ignored where they have no meaning here. Any other might change the program, and is refused.',
  },
  B0107: {
    title: 'octal literal',
    explain:
      'LLVM reads a number with a leading zero as octal: 017 is 15. Here it is refused, because it is nearly always a mistake; `tinybpf asm --strict-llvm` reads it as LLVM does.',
  },
  B0109: {
    title: 'more than is shown',
    explain:
      'Of one input the first 100 errors and warnings are reported. `--max-errors N` sets another limit.',
  },
  B0110: {
    title: 'mnemonic dialect',
    explain:
      'The file is read as LLVM assembly (`r1 = 5`), but this line is in the mnemonic dialect of uBPF (`mov %r1, 5`); `tinybpf asm --dialect mnemonic` reads that.',
  },
  B0111: {
    title: 'no such register',
    explain: 'BPF has r0 to r9 and the frame pointer r10; w0 to w10 name their lower 32 bits.',
  },
  B0112: {
    title: 'not how it is written in BPF assembly',
    explain: 'A habit from C or from another assembly language; `help` shows the BPF form.',
  },
  B0113: {
    title: 'log of the verifier that is not whole',
    explain:
      'A log of the verifier is read as a listing if each instruction is in it; one that the verifier never came to, or a log that was cut, leaves some out.',
  },
  B0201: {
    title: 'mixed register widths',
    explain:
      'An instruction works either on 64-bit registers (r) or on their lower halves (w), never on both.',
  },
  B0202: {
    title: 'immediate is sign-extended',
    explain:
      'A 64-bit operation sign-extends its 32-bit immediate, so 0xffffffff means -1, all 64 bits set. Use a w register for 32-bit arithmetic, or `r1 = 0xffffffff ll` for the 64-bit constant.',
  },
  B0203: {
    title: 'immediate does not fit',
    explain: 'The field is 32 bits wide. Load larger constants with `r1 = N ll`.',
  },
  B0204: {
    title: 'offset does not fit',
    explain: 'The offset of a memory access is a signed 16-bit field: -32768 to 32767.',
  },
  B0205: {
    title: 'frame pointer is read-only',
    explain: 'r10 points to the top of the stack frame. A program may copy it but not change it.',
  },
  B0206: {
    title: 'no such instruction',
    explain:
      'The operands are well formed, but no instruction has this combination of operator, width and size.',
  },
  B0207: {
    title: 'tied operand differs',
    explain:
      'Some instructions have a single register field for two of their operands, so both must name the same register.',
  },
  B0208: {
    title: 'undefined symbol',
    explain:
      'The name is not a constant (`.equ`), nor a map, global, program or function that can be used here.',
  },
  B0209: { title: 'not a constant', explain: 'Only a number or a constant expression can be used here.' },
  B0210: {
    title: 'kernel-internal instruction',
    explain:
      'The per-CPU move and the this_cpu operations exist for guards, trampolines and kernel functions. Programs and objects use helpers instead.',
  },
  B0211: { title: 'wrong operands', explain: 'The mnemonic exists, but not with these operands.' },
  B0212: {
    title: 'stored value is truncated',
    explain: 'A store of one or two bytes keeps only the low bits of its immediate operand.',
  },
  B0213: {
    title: 'address to be filled in',
    explain:
      'A plain program refers to something whose address only a linker or a lab knows. The field is 0 in the output, and a note says where it is.',
  },
  B0301: { title: 'unknown label', explain: 'A jump goes to a label in the same program or function.' },
  B0302: {
    title: 'jump does not fit',
    explain:
      'A conditional jump or `goto` reaches 32767 slots forwards and 32768 backwards; `gotol` has a 32-bit offset.',
  },
  B0303: {
    title: 'label defined twice',
    explain:
      'A label may be defined only once in a program. Numbered labels (`1:`, used as `1f` and `1b`) may be repeated.',
  },
  B0401: {
    title: 'unknown declaration',
    explain:
      'A lab consists of declarations: maps, globals, user variables, objects, programs, functions, tracepoints, guards and scenarios.',
  },
  B0402: {
    title: 'name declared twice',
    explain:
      'Programs, functions, maps, variables (`global`, `user`, `percpu`), tracepoints and guards have a name space each, and so do the tasks of a scenario. In one of them a name is declared once.',
  },
  B0403: {
    title: 'bad map',
    explain:
      "A map needs a known type, and a key size, value size and number of entries within the kernel's limits.",
  },
  B0404: {
    title: 'bad guard',
    explain: 'A guard has one `area size N align N`, one `enter { … }` and one `exit { … }`.',
  },
  B0405: {
    title: 'bad scenario',
    explain:
      'A scenario has settings, tasks with their actions (`cpu N { … }`, `task NAME cpu N { … }`), events that interrupt them (`at PLACE …`, `every N insns …`), and expectations.',
  },
  B0406: {
    title: 'value does not fit',
    explain:
      'Nothing is silently truncated: a key, a value or an initial value must fit the width that was declared for it.',
  },
  B0407: {
    title: 'unknown name',
    explain: 'The scenario or schedule refers to something that does not exist.',
  },
  B0408: { title: 'empty lab', explain: 'There is nothing to run: the file has no program, or no scenario.' },
  B0409: {
    title: 'bad declaration',
    explain:
      'The declaration is incomplete, or has parts that do not belong in it, or its name is not one that the kernel accepts (letters, digits, `_` and `.`) or that instructions can refer to.',
  },
  B0411: {
    title: 'cannot be explored',
    explain:
      'Exploration tries every order of tasks and of the interrupts that `may` arrive. Time does not pass there, and code does not change, so anything that depends on either belongs in a scenario that is run.',
  },
  B0412: {
    title: 'bad schedule',
    explain:
      'A schedule says who runs, and for how many instructions: `task NAME N`, `arrive NAME cpu C N` for an interrupt that arrives, `interrupt cpu C N` for one that continues. `scenario "TITLE"`, `guard NAME`, `kernel NAME`, `stats off` and `strict_alignment` come before that. `tinybpf explore --schedules DIR` writes such files.',
  },
  B0413: {
    title: 'cannot be expressed in Promela',
    explain:
      'A model for SPIN covers the guard, the entry code of interrupts and the scheduler, as long as their code is BPF, its addresses are known, and the functions written in TypeScript only return the current task, the time or the CPU, or turn interrupts off and on. Anything else ends the export: a model without it would prove nothing.',
  },
  B0414: {
    title: 'nothing is triggered',
    explain:
      'Programs are loaded, but no task does anything and no interrupt comes, so every count stays zero. An object file has no scenario: `tinybpf run FILE.o --do ACTION` says what task 0 does, as scenarios do: `call FUNCTION(1)`, `fire TRACEPOINT(1)`, `test_run PROGRAM` or `delete MAP[1]`.',
  },
  B0415: {
    title: 'name with several meanings',
    explain:
      'Programs, functions, maps and variables have name spaces of their own, as in the kernel: a program may be called like the function it traces. Where a name could mean two, the word of one comes before it: `program do_unlinkat+2`, `function do_unlinkat`, `map counts[1]`, `variable counts[1]`, in code `r1 = map counts ll`.',
  },
  B0416: {
    title: 'function made by itself',
    explain:
      'What an object file traces and nobody has declared becomes a function that returns 0, or a tracepoint; in a lab with `--declare-missing` only. Its name is near to one that there is, so it may be a typing error.',
  },
  B0417: {
    title: 'unknown arguments',
    explain:
      'A function or tracepoint was made because a program is attached to it, and its prototype is not known. Where arguments and result are depends on how many there are, so a program that reads them cannot be run. `--function` declares it, by a prototype in C.',
  },
  B0418: {
    title: 'signal that nobody takes',
    explain:
      'A program has sent the running task a signal (bpf_send_signal). In Linux the task takes it on its way back to user space, and may end; the tasks of a scenario go on.',
  },
  B0419: {
    title: 'number in place of a task',
    explain:
      'A program asked for the storage of a task (`bpf_task_storage_get`) by an address at which there is nothing. Linux’s verifier lets only tasks pass; a scenario can hand over a number, which counts as a null pointer. `current` is the task that makes a call; a task of a scenario has its name.',
  },
  B0420: {
    title: 'nobody to ask whether Linux would load it',
    explain:
      'A scenario says `verify on`, which refuses programs that Linux would not load. What runs it here has no verifier and runs them all: the library where it is given none, or it could not be loaded.',
  },
  B0421: {
    title: 'not known whether Linux would load it',
    explain:
      'Not every program can be judged: one that calls a function of a lab means nothing to Linux; types that Linux wants to have come with objects only; and attaching to programs, a few helpers, kernel functions and types are not known here. The note says which it is. The program runs all the same, with `--verify` too.',
  },
  B0501: {
    title: 'unknown instruction',
    explain: 'The bytes are not an instruction that there is; `tinybpf list insns` shows the table.',
  },
  B0502: {
    title: 'reserved field is not zero',
    explain: 'A field that an instruction does not use must be zero. The kernel refuses the program too.',
  },
  B0503: {
    title: 'jump out of the program',
    explain: 'A jump goes outside the program, or into the second half of a 64-bit load.',
  },
  B0504: {
    title: 'program does not end',
    explain:
      'The last instruction must be `exit` or an unconditional jump, so that execution cannot run off the end.',
  },
  B0505: { title: 'empty program', explain: 'A program needs at least one instruction.' },
  B0506: {
    title: 'stack frame too large',
    explain: 'A function may use at most 512 bytes of stack below r10.',
  },
  B0507: {
    title: 'truncated bytecode',
    explain: 'An instruction takes 8 bytes, and a 64-bit load 16. The input ends in the middle of one.',
  },
  B0508: {
    title: 'bad hex',
    explain: 'Hex input consists of pairs of digits, with blanks and line ends allowed between them.',
  },
  B0509: {
    title: 'outside the area of a guard',
    explain:
      'A guard has as many bytes for each program and CPU as its `area size` says. The bytes after them belong to something else, and would be overwritten without a fault. Constant offsets are checked when the guard is loaded.',
  },
  B0510: {
    title: 'too many instructions',
    explain:
      'The kernel takes programs of up to a million instructions, a 64-bit load counted twice, and so does everything here.',
  },
  B0601: {
    title: 'unknown helper or function',
    explain:
      'A call names something that is not a helper, a kernel function, a function of the lab or a label, or what an object file declares and nobody provides.',
  },
  B0602: {
    title: 'cannot attach',
    explain:
      'An attach point is a kind of hook and the name of a function or tracepoint, which must exist and allow programs of that kind. `tinybpf list kinds` shows the kinds.',
  },
  B0603: {
    title: 'unknown guard',
    explain:
      'A guard is one that is included, or that the lab declares; `tinybpf list guards` shows those that are included, and a path names a file of your own.',
  },
  B0604: {
    title: 'unknown kernel model',
    explain: 'No kernel model has that name. `tinybpf list kernels` shows all of them.',
  },
  B0605: {
    title: 'more than this kernel can',
    explain:
      'Which kinds of programs exist, and how many can be attached to one function or tracepoint, depends on the kernel model.',
  },
  B0606: {
    title: 'per-CPU allocation refused',
    explain:
      'The per-CPU allocator refuses a size of 0 or of more than 32 KiB, and an alignment that is not a power of two or exceeds a page. It fails when there is no memory for another chunk.',
  },
  B0607: { title: 'not enough memory', explain: 'The emulated machine has a limited amount of memory.' },
  B0608: {
    title: 'helper is not available here',
    explain:
      'Linux has the helper or kernel function, but it is not provided here, or the emulated kernel is older, or does not let programs of this kind call it. `tinybpf list helpers` and `tinybpf list kfuncs` show what there is, since when and for whom.',
  },
  B0609: {
    title: 'option of the kernel is not known',
    explain:
      'A program asks for an option (`__kconfig`) that the emulated kernel does not know. It is not set here, unless `--set` sets it; libbpf refuses the object.',
  },
  B0610: {
    title: 'object of another architecture',
    explain:
      'An object was compiled for one architecture, as its `struct pt_regs` shows, and is loaded on a kernel of another. Where nobody says a kernel, one of its own is chosen.',
  },
  B0620: {
    title: 'bad allocation script',
    explain:
      'A script for the per-CPU allocator has statements such as `4:8 x1000` (size:align, count), `free 1/2` and `balance`, separated by commas or line ends.',
  },
  B0621: {
    title: 'guard refuses in a benchmark',
    explain:
      'The programs of the benchmark never trigger themselves, so a guard must admit every invocation, and `exit` undo what `enter` did; else the figures would mean nothing.',
  },
  B0622: {
    title: 'benchmark cannot run on several threads',
    explain:
      'On several CPUs only compiled code runs, on the threads of the host. A guard that calls a function written in TypeScript can be measured on one CPU only.',
  },
  B0623: {
    title: 'nothing can be measured',
    explain:
      'No figure is given that is based on fewer than a hundred ticks of the clock. Nothing can be measured with one that stops, jumps back, or is too coarse.',
  },
  B0624: {
    title: 'nothing to measure',
    explain:
      '`bench FILE` measures what each call of the scenarios costs. What waits, faults, is kept out by its guard or runs no program has no cost that could be compared; the notes say which.',
  },
  B0701: {
    title: 'program faulted',
    explain:
      'A memory access, call or instruction could not be carried out. The report says what is at that address.',
  },
  B0702: {
    title: 'instruction budget used up',
    explain:
      'The run executed as many instructions as it may; `--max-insns` says how many. The usual cause is an endless loop.',
  },
  B0703: {
    title: 'kernel stack overflow',
    explain:
      'Calls were nested until the 16 KiB kernel stack was full. Without a guard, a program that triggers itself ends like this.',
  },
  B0704: {
    title: 'everything waits',
    explain:
      'Every task that is not done waits: for another task, a page that nobody provides, a lock that is not released. No timer and no interrupt is to come that could change that.',
  },
  B0705: {
    title: 'time used up',
    explain:
      'The run took as many seconds as it may; `--max-seconds` says how many, and without it there is no such limit.',
  },
  B0706: {
    title: 'memory used up',
    explain:
      'The emulated machine and what is kept of the run (events for a timeline, JSON or a trace, results of calls) take as much memory as they may; `--max-memory` says how much. Events are kept for `--timeline`, `--perfetto` and `--json` only.',
  },
  B0801: {
    title: 'cannot read file',
    explain: 'The file does not exist, is a directory, or may not be read.',
  },
  B0802: {
    title: 'not a text file',
    explain:
      'Text is read as UTF-8, with or without a byte order mark. The caret points at the first byte that is not; what cannot be decoded is shown as U+FFFD.',
  },
  B0803: {
    title: 'bad option',
    explain: 'The command line was not understood. `--help` after a command shows its options.',
  },
  B0804: { title: 'empty file', explain: 'The file contains nothing but blanks.' },
  B0805: {
    title: 'cannot write',
    explain:
      'The file or its directory may not be written, or there is no space left, or standard output cannot take what is printed. A file that was there before is as it was.',
  },
  B0806: {
    title: 'no such command of the stepper',
    explain:
      'A line is not a command of the stepper, is incomplete, or names something that does not exist. `help` lists the commands, and `help COMMAND` explains one. Nothing has been changed.',
  },
  B0807: {
    title: 'no clang',
    explain:
      'C is compiled by clang, which is looked for as `$CLANG` and as `clang`, `clang-21` and so on; `--clang PATH` names another. An object file that was compiled elsewhere needs none.',
  },
  B0808: {
    title: 'clang refuses a file',
    explain:
      'What clang says is shown as it is. A program finds `vmlinux.h`, `bpf/bpf_helpers.h`, `bpf/bpf_tracing.h` and `bpf/bpf_core_read.h`; `-I DIR` is searched before these, `-D NAME=VALUE` defines a macro.',
  },
  B0901: {
    title: 'internal error',
    explain: 'A bug in tinybpf. Please report it, with the input that causes it.',
  },
  B1001: {
    title: 'not a BPF object file',
    explain:
      'Object files are what `clang -target bpf -c` writes: 64-bit relocatable ELF for the machine EM_BPF (247).',
  },
  B1002: {
    title: 'big-endian object',
    explain:
      'The object was compiled for a big-endian machine (`-target bpfeb`). The emulated machines are little-endian, so it can only be disassembled.',
  },
  B1003: {
    title: 'damaged section table',
    explain: 'The ELF header or a section header points outside the file, or contradicts itself.',
  },
  B1004: {
    title: 'damaged symbol or string table',
    explain: 'A name or symbol of the object lies outside its table or the section it belongs to.',
  },
  B1005: {
    title: 'bad relocation',
    explain:
      'A relocation applies to an instruction that cannot take it, or its symbol is not one that a program can refer to.',
  },
  B1006: {
    title: 'damaged BTF',
    explain:
      "The types in `.BTF` are not what the kernel's documentation of BTF describes (Documentation/bpf/btf.rst).",
  },
  B1007: {
    title: 'damaged BTF.ext',
    explain: 'The function, line or CO-RE information in `.BTF.ext` does not match the code or `.BTF`.',
  },
  B1008: {
    title: 'bad map in an object',
    explain:
      'A map in section `.maps` is a struct of `__uint(type, …)`, `__uint(max_entries, …)`, `__type(key, …)` and `__type(value, …)`; sizes may be given as key_size and value_size. Maps in section `maps` (struct bpf_map_def) are older than BTF; libbpf 1.0 refuses them too.',
  },
  B1009: {
    title: 'bad function in an object',
    explain: 'A function symbol does not cover whole instructions of its section, or there is too much code.',
  },
  B1010: {
    title: 'CO-RE relocation without a target',
    explain:
      "A program refers to a kernel type or field that the emulator's own types do not have. It is loaded with an invalid call in that place, as libbpf does, and is refused when it is run.",
  },
  B1011: {
    title: 'part of an object is not used',
    explain: 'The object contains something that has no meaning here; the rest of it can be used.',
  },
  B1012: {
    title: 'nothing to export',
    explain:
      'An object holds programs that a real kernel can load and attach. What is attached to functions or tracepoints of a lab, or calls them, only runs here.',
  },
  ...UNWRITTEN_CODES,
  ...REFUSAL_CODES,
} as const satisfies Record<string, CodeInfo>;

export type Code = keyof typeof CODES;

/** True for a string that names a diagnostic. */
export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}
