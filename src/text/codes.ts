/** One kind of diagnostic: its title, and what `tinybpf explain CODE` says of it. */
export interface CodeInfo {
  readonly title: string;
  readonly explain: string;
}

/**
 * Every diagnostic there is. A code never changes its meaning. B01 text, B02 instructions, B03 jumps and labels,
 * B04 declarations of a lab, B05 load-time checks, B06 names of the kernel, B07 faults while running, B08 files and
XX */
export const CODES = {
  B0101: {
    title: 'syntax error',
    explain: 'The statement does not follow the grammar; `expected` lists what could stand at the caret.',
  },
  B0102: {
    title: 'unbalanced braces',
    explain: 'Every `{` of a declaration needs its `}`, and `{` needs a declaration before it.',
  },
  B0103: { title: 'unclosed comment', explain: 'A comment that begins with `/*` runs to `*/`.' },
  B0104: {
    title: 'statement too large',
    explain:
      'A statement may have 4096 characters and 64 levels of parentheses. Longer ones come from files that are no text.',
  },
  B0105: {
    title: 'text and bytes disagree',
    explain:
      'A listing line shows an instruction twice, as bytes and as text. They must be the same instruction.',
  },
  B0106: {
    title: 'unknown directive',
    explain:
      'Directives that clang prints are accepted; those that carry no meaning here are ignored. Others are refused, since they might change the program.',
  },
  B0107: {
    title: 'octal literal',
    explain:
      'LLVM reads a number with a leading zero as octal: 017 is 15. Here it is refused, because it is nearly always a slip; `--strict-llvm` accepts it as LLVM does.',
  },
  B0110: {
    title: 'mnemonic dialect',
    explain:
      'The file is read as LLVM assembly (`r1 = 5`), but the line is in the mnemonic dialect of uBPF (`mov %r1, 5`). `--dialect mnemonic` reads that.',
  },
  B0111: {
    title: 'no such register',
    explain: 'BPF has r0 to r9 and the frame pointer r10; w0 to w10 name their lower 32 bits.',
  },
  B0112: {
    title: 'not how BPF assembly says it',
    explain: 'A habit from C or another assembly language; the help line shows the BPF form.',
  },
  B0201: {
    title: 'mixed register widths',
    explain: 'One instruction works on 64-bit registers (r) or on their lower halves (w), never on both.',
  },
  B0202: {
    title: 'immediate is sign-extended',
    explain:
      'A 64-bit operation sign-extends its 32-bit immediate, so 0xffffffff means -1, all 64 bits set. Write a w register for 32-bit arithmetic, or `r1 = 0xffffffff ll` for the 64-bit constant.',
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
    explain: 'r10 points at the top of the frame; a program may copy it but not change it.',
  },
  B0206: {
    title: 'no such instruction',
    explain:
      'The operands are well formed, but no instruction has this combination of operator, width and size.',
  },
  B0207: {
    title: 'tied operand differs',
    explain:
      'Some instructions have one register field for two operands, so both must name the same register.',
  },
  B0208: {
    title: 'undefined symbol',
    explain:
      'The name is neither a constant (`.equ`), nor a map, global, program or function that can be used here.',
  },
  B0209: { title: 'not a constant', explain: 'A number or a constant expression is needed here.' },
  B0210: {
    title: 'kernel-internal instruction',
    explain:
      'The per-CPU move and the this_cpu operations exist for guards, trampolines and kernel functions. Programs and objects use helpers instead.',
  },
  B0211: { title: 'wrong operands', explain: 'The mnemonic exists, but not with these operands.' },
  B0212: {
    title: 'stored value is cut',
    explain: 'A store of one or two bytes keeps only the low bits of its immediate.',
  },
  B0213: {
    title: 'address to be filled in',
    explain:
      'A plain program names something that only a linker or a lab knows. The field is 0 in the output, and the place is noted.',
  },
  B0301: { title: 'unknown label', explain: 'A jump names a label of the same program or function.' },
  B0302: {
    title: 'jump does not fit',
    explain: 'A conditional jump and `goto` reach 32767 slots in either direction; `gotol` has 32 bits.',
  },
  B0303: {
    title: 'label defined twice',
    explain:
      'A label may be defined once in a program. Numbered labels (`1:` with `1f` and `1b`) may repeat.',
  },
  B0401: {
    title: 'unknown declaration',
    explain:
      'A lab consists of map, global, user, object, program, function, tracepoint, guard and scenario declarations.',
  },
  B0402: {
    title: 'name declared twice',
    explain:
      'Maps, globals, programs, functions and tracepoints share one name space; so do the tasks of a scenario.',
  },
  B0403: {
    title: 'bad map',
    explain: "A map needs a known type, and key, value and max_entries within the kernel's limits.",
  },
  B0404: {
    title: 'bad guard',
    explain: 'A guard has `area size N align N`, one `enter { … }` and one `exit { … }`.',
  },
  B0405: {
    title: 'bad scenario',
    explain:
      'A scenario holds settings, tasks (`cpu N { … }`, `task NAME cpu N { … }`) with actions, what comes in between (`at PLACE …`, `every N insns …`), and expect lines.',
  },
  B0406: {
    title: 'value does not fit',
    explain:
      'Nothing is truncated: a key, value or initial value must fit the width that was declared for it.',
  },
  B0407: { title: 'unknown name', explain: 'The scenario names something that is not there.' },
  B0408: { title: 'empty lab', explain: 'There is nothing to run: no program, or no scenario.' },
  B0409: {
    title: 'bad declaration',
    explain:
      'The declaration is incomplete or has parts that do not belong to it, or its name is not one that the kernel takes (letters, digits, `_` and `.`) or that instructions can say.',
  },
  B0411: {
    title: 'cannot be explored',
    explain:
      'Exploration tries every order of tasks and of the interrupts that `may` arrive. Time stands still in it and code does not change, so what depends on either belongs into scenarios that are run.',
  },
  B0412: {
    title: 'bad schedule',
    explain:
      'A schedule says whose turn it is, and for how many instructions: `task NAME N`, `arrive NAME cpu C N` for an interrupt that comes, `interrupt cpu C N` for one that goes on; before that `scenario "TITLE"`, `guard NAME` and `kernel NAME`. `tinybpf explore --schedules DIR` writes such files.',
  },
  B0413: {
    title: 'cannot be said in Promela',
    explain:
      'The model that `tinybpf explore --export promela` writes has the guard, the context entries and the scheduler, as far as their code is BPF, its addresses are known, and functions that are TypeScript only tell the current task, the clock or the CPU, or turn interrupts off and on. What is more than that ends the export: a model that leaves something out silently would prove nothing.',
  },
  B0501: {
    title: 'unknown instruction',
    explain: 'The bytes are no instruction of the table (`tinybpf list insns`).',
  },
  B0502: {
    title: 'reserved field is not zero',
    explain: 'A field that an instruction does not use must be zero; the kernel refuses it too.',
  },
  B0503: {
    title: 'jump out of the program',
    explain: 'A jump leaves the program, or lands in the second half of a 64-bit load.',
  },
  B0504: {
    title: 'program does not end',
    explain:
      'The last instruction must be `exit` or an unconditional jump, so that execution cannot run off the end.',
  },
  B0505: { title: 'empty program', explain: 'A program needs at least one instruction.' },
  B0506: { title: 'stack frame too large', explain: 'A function may use 512 bytes below r10.' },
  B0507: {
    title: 'truncated bytecode',
    explain: 'An instruction has 8 bytes, a 64-bit load 16. The input ends in the middle of one.',
  },
  B0508: {
    title: 'bad hex',
    explain: 'Hex input consists of pairs of digits, blanks and line ends allowed between them.',
  },
  B0509: {
    title: 'outside the area of a guard',
    explain:
      'A guard has as many bytes for each program and CPU as its `area size` says. What lies behind them belongs to somebody else, such as the statistics of the program, and would be overwritten without a fault. Offsets that are constants are checked when the guard is loaded.',
  },
  B0601: {
    title: 'unknown helper or function',
    explain: 'A call names a helper, a kernel function, a function of the lab or a label.',
  },
  B0602: {
    title: 'cannot attach',
    explain:
      'The attach point names a kind of hook and a function or tracepoint, which must exist and allow programs of that kind. `tinybpf list kinds` shows the kinds.',
  },
  B0603: {
    title: 'unknown guard',
    explain: 'Shipped guards are listed by `tinybpf list guards`; a path names a file of yours.',
  },
  B0604: { title: 'unknown kernel model', explain: '`tinybpf list kernels` shows the kernel models.' },
  B0605: {
    title: 'more than this kernel can',
    explain:
      'Which kinds of programs there are, and how many fit on one function or tracepoint, depends on the kernel model.',
  },
  B0606: {
    title: 'per-CPU allocation refused',
    explain:
      'The per-CPU allocator refuses a size of 0 or above 32 KiB, and an alignment that is no power of two or above a page, and fails when there is no memory for another chunk; the kernel warns with the same text.',
  },
  B0607: { title: 'not enough memory', explain: 'The emulated machine has a fixed amount of memory.' },
  B0608: {
    title: 'helper is not available here',
    explain: 'The helper exists in Linux, but this emulator does not provide it.',
  },
  B0620: {
    title: 'bad allocation script',
    explain:
      'A script for the per-CPU allocator has statements such as `4:8 x1000` (size:align, times), `free 1/2` and `balance`, separated by commas or line ends.',
  },
  B0621: {
    title: 'guard refuses in a benchmark',
    explain:
      'The programs of the benchmark never trigger themselves, so a guard has to admit every invocation. One that does not, or that does not take back in `exit` what it did in `enter`, would be measured at doing nothing.',
  },
  B0622: {
    title: 'benchmark cannot run on several threads',
    explain:
      'With `--cpus` only compiled code runs on the threads of the host. A guard that calls a function which is TypeScript, such as one that takes a lock or allocates, can be measured on one CPU only.',
  },
  B0623: {
    title: 'nothing can be measured',
    explain:
      'How long something took is read off the clock, and no figure is given that stands on fewer than a hundred of its steps. A clock that stands still, jumps back, or is too coarse for the time there is measures nothing.',
  },
  B0701: {
    title: 'program faulted',
    explain:
      'A memory access, call or instruction could not be carried out; the report names what lies there.',
  },
  B0702: {
    title: 'instruction budget used up',
    explain:
      'The run executed as many instructions as `--max-insns` allows. A loop that never ends is the usual cause.',
  },
  B0703: {
    title: 'kernel stack overflow',
    explain:
      'Calls nested until the 16 KiB kernel stack was full. Without a guard, a program that triggers itself ends here.',
  },
  B0704: {
    title: 'everything waits',
    explain:
      'Every task that is not done waits: for another task, a page that nobody provides, a lock that is not released. No timer and no interrupt is to come that could change that.',
  },
  B0705: {
    title: 'time used up',
    explain:
      'The run took as many seconds as `--max-seconds` allows. Without the option there is no such limit.',
  },
  B0706: {
    title: 'memory used up',
    explain:
      'The emulated machine and what is kept of the run (events for a timeline, JSON or a trace, results of calls) take as much memory as `--max-memory` allows. Without `--timeline`, `--perfetto` and `--json` no events are kept.',
  },
  B0801: {
    title: 'cannot read file',
    explain: 'The file does not exist, is a directory, or may not be read.',
  },
  B0802: {
    title: 'not a text file',
    explain:
      'Text is read as UTF-8, with or without a byte order mark. The caret stands under the first byte that is not; what could not be decoded is shown as U+FFFD.',
  },
  B0803: { title: 'bad option', explain: 'The command line is not understood.' },
  B0804: { title: 'empty file', explain: 'There is nothing in the file.' },
  B0805: {
    title: 'cannot write',
    explain:
      'The file or its folder may not be written, or there is no space left, or standard output cannot take what is printed. A file that was there before is as it was.',
  },
  B0806: {
    title: 'no such command of the stepper',
    explain:
      'A line typed to `tinybpf step` is no command it knows, or lacks something, or names what is not there. `help` lists the commands, `help COMMAND` explains one. Nothing has been changed.',
  },
  B0901: { title: 'internal error', explain: 'A bug of tinybpf. Please report the input that led here.' },
  B1001: {
    title: 'no BPF object file',
    explain:
      'Objects are what `clang -target bpf -c` writes: ELF, 64 bits, relocatable, for the machine EM_BPF (247).',
  },
  B1002: {
    title: 'big-endian object',
    explain:
      'The object was compiled for a big-endian machine (`-target bpfeb`). The emulated machines are little-endian.',
  },
  B1003: {
    title: 'damaged section table',
    explain: 'The ELF header or a section header points outside of the file, or contradicts itself.',
  },
  B1004: {
    title: 'damaged symbol or string table',
    explain: 'A name or symbol of the object lies outside of its table or of the section it belongs to.',
  },
  B1005: {
    title: 'bad relocation',
    explain:
      'A relocation does not belong to an instruction that can take it, or its symbol is none that a program can refer to.',
  },
  B1006: {
    title: 'damaged BTF',
    explain:
      "The types in `.BTF` are not what the kernel's documentation of BTF describes (Documentation/bpf/btf.rst).",
  },
  B1007: {
    title: 'damaged BTF.ext',
    explain: 'The function, line or CO-RE information in `.BTF.ext` does not fit to the code or to `.BTF`.',
  },
  B1008: {
    title: 'bad map in an object',
    explain:
      'A map in section `.maps` is a struct of `__uint(type, …)`, `__uint(max_entries, …)`, `__type(key, …)` and `__type(value, …)`; sizes may be given as key_size and value_size. Maps of section `maps` (struct bpf_map_def) are of the time before BTF, and libbpf 1.0 refuses them too.',
  },
  B1009: {
    title: 'bad function in an object',
    explain:
      'A function symbol does not lie on whole instructions of its section, or there is too much code.',
  },
  B1010: {
    title: 'CO-RE relocation without a target',
    explain:
      "A program refers to a kernel type or field that the emulator's own types do not have. It loads, with an invalid call in that place as libbpf puts one, and is refused when it is run.",
  },
  B1011: {
    title: 'part of an object is not used',
    explain: 'The object holds something that has no meaning here; the rest of it can be used.',
  },
} as const satisfies Record<string, CodeInfo>;

export type Code = keyof typeof CODES;

/** True for a string that names a diagnostic. */
export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}
