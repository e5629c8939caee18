// cspell:disable: options as Linux spells them.
import type { KconfigType } from '../object/object.js';
import type { KernelModel } from './model.js';

/** Options of Linux's configuration that the emulated kernels have in common, as distributions set them; all others here are not set. */
const SET = new Set(
  `
  64BIT SMP MMU MODULES KALLSYMS BPF BPF_SYSCALL BPF_JIT BPF_EVENTS BPF_LSM CGROUP_BPF DEBUG_INFO_BTF KPROBES UPROBES
  TRACEPOINTS FTRACE FTRACE_SYSCALLS FUNCTION_TRACER FPROBE PERF_EVENTS ARCH_HAS_SYSCALL_WRAPPER THREAD_INFO_IN_TASK
  CGROUPS MEMCG NET INET IPV6 BLOCK
`
    .trim()
    .split(/\s+/),
);

/** Those that have a number. */
const NUMBERS: Readonly<Record<string, bigint>> = {
  HZ: 250n,
  NR_CPUS: 64n,
  PAGE_SHIFT: 12n,
};

/** What libbpf finds out of a kernel itself, and gives programs as options of these names. */
const FOUND: Readonly<Record<string, (model: KernelModel) => bigint>> = {
  LINUX_KERNEL_VERSION: ({ release }) => {
    const [major = 0, minor = 0] = release.split('.').map(Number);
    return BigInt((major << 16) | (minor << 8));
  },
  LINUX_HAS_BPF_COOKIE: () => 1n,
  LINUX_HAS_SYSCALL_WRAPPER: () => 1n,
};

/** An option of a kernel: set, a number, or not set; undefined where nobody here knows. */
function optionOf({ arch, preemptRcu, rt }: KernelModel, option: string): boolean | bigint | undefined {
  if (SET.has(option)) return true;
  const number = NUMBERS[option];
  if (number !== undefined) return number;
  switch (option) {
    case 'ARM64':
    case 'ARM64_4K_PAGES':
      return arch === 'arm64';
    case 'X86':
    case 'X86_64':
      return arch === 'amd64';
    case 'PREEMPT_RT':
      return rt;
    case 'PREEMPT_RCU':
      return preemptRcu;
    default:
      return undefined;
  }
}

/** Bytes of an option that is a text, at most. */
export const LARGEST_OPTION = 4096;

/** The bytes of an option as a program wants to have it; `isKnown` is false where nobody here knows the option. */
export function kconfigBytes(
  model: KernelModel,
  name: string,
  { size: wanted, as }: KconfigType,
): { readonly bytes: Uint8Array; readonly isKnown: boolean } {
  const size = Math.min(wanted, LARGEST_OPTION);
  const found = FOUND[name]?.(model) ?? optionOf(model, name.replace(/^CONFIG_/, ''));
  const isSet = found === true || (typeof found === 'bigint' && found !== 0n);
  const bytes = new Uint8Array(size);
  const put = (value: bigint): void => {
    for (let i = 0; i < Math.min(size, 8); i += 1) bytes[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  };
  switch (as) {
    case 'bool':
    case 'tristate':
      put(isSet ? 1n : 0n);
      break;
    case 'letter':
      put(BigInt((isSet ? 'y' : 'n').charCodeAt(0)));
      break;
    case 'number':
      put(typeof found === 'bigint' ? found : isSet ? 1n : 0n);
      break;
    case 'text':
      break;
    default:
      return as satisfies never;
  }
  return { bytes, isKnown: found !== undefined };
}
