import type { Command } from 'commander';
import type { CliContext } from './context.js';

/** A command as `--help` lists it, and how to get the rest of it: only the one that is asked for is loaded. */
export interface CommandRow {
  readonly name: string;
  /** What comes after its name. */
  readonly usage: string;
  readonly description: string;
  readonly load: () => Promise<(cx: CliContext) => Command>;
}

/** All commands, in the order in which `--help` shows them. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'tour',
    usage: '[options]',
    description:
      'see the whole laboratory in a minute: a re-entry refused, what it costs here, and every schedule of two tasks',
    load: async () => (await import('./tour.js')).tourCommand,
  },
  {
    name: 'run',
    usage: '[options] <file>',
    description:
      'run the scenarios of a lab and show what was admitted, what was refused, and whether its expectations hold',
    load: async () => (await import('./run.js')).runCommand,
  },
  {
    name: 'step',
    usage: '[options] <file>',
    description: 'walk through a scenario instruction by instruction, forwards and backwards',
    load: async () => (await import('./step.js')).stepCommand,
  },
  {
    name: 'test',
    usage: '[options] <path...>',
    description: 'run every lab below the given paths and count the expectations that hold',
    load: async () => (await import('./test.js')).testCommand,
  },
  {
    name: 'explore',
    usage: '[options] <file>',
    description:
      'run a lab under all schedules: prove that the guard keeps its promises within the bounds, or show shortest schedules that break them',
    load: async () => (await import('./explore.js')).exploreCommand,
  },
  {
    name: 'check',
    usage: '[options] <file>',
    description: 'parse, assemble, load and attach a lab without running it',
    load: async () => (await import('./check.js')).checkCommand,
  },
  {
    name: 'header',
    usage: '[options] [lab]',
    description: "print the emulated kernel's types in C, as vmlinux.h has a kernel's, and those of a lab",
    load: async () => (await import('./header.js')).headerCommand,
  },
  {
    name: 'export',
    usage: '[options] <file>',
    description: "write a lab's programs as an object file that libbpf loads, and say what is left out of it",
    load: async () => (await import('./export.js')).exportCommand,
  },
  {
    name: 'asm',
    usage: '[options] <file>',
    description: 'assemble a plain program to bytes',
    load: async () => (await import('./asm.js')).asmCommand,
  },
  {
    name: 'disasm',
    usage: '[options] <file>',
    description:
      'print bytecode as text, or the code of an object file, of a lab, of a trampoline, of a function of the emulated kernel',
    load: async () => (await import('./disasm.js')).disasmCommand,
  },
  {
    name: 'list',
    usage: '[options] <what>',
    description: 'print what there is',
    load: async () => (await import('./list.js')).listCommand,
  },
  {
    name: 'bench',
    usage: '[options] [file]',
    description:
      "measure what each guard costs on this processor, with the cases of the kernel's own benchmark, or with a file's programs",
    load: async () => (await import('./bench.js')).benchCommand,
  },
  {
    name: 'percpu',
    usage: '[options] [script]',
    description:
      'allocate per-CPU memory by a script, and show what /sys/kernel/debug/percpu_stats would say',
    load: async () => (await import('./percpu.js')).percpuCommand,
  },
  {
    name: 'explain',
    usage: '[options] <code>',
    description: 'explain a diagnostic by its code',
    load: async () => (await import('./explain.js')).explainCommand,
  },
  {
    name: 'conformance',
    usage: '[options] <path...>',
    description: "run bpf_conformance's .data files",
    load: async () => (await import('./conformance.js')).conformanceCommand,
  },
  {
    name: 'plugin',
    usage: '[options] [memory]',
    description:
      "bpf_conformance's plugin protocol: program as hex bytes on standard input, r0 as hex on standard output",
    load: async () => (await import('./conformance.js')).pluginCommand,
  },
];
