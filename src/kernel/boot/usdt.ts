import { PT_REGS } from '../attach/probe.js';
import type { Kernel } from '../kernel.js';

/** Libbpf's map of where the arguments of USDT probes are (usdt.bpf.h), which its loader fills from the notes of an ELF file. */
const SPECS = '__bpf_usdt_specs';
/** `struct __bpf_usdt_spec`: twelve arguments, a cookie and how many arguments there are; the layout is kept between versions. */
const ARGUMENT = { size: 16, type: 8, register: 12 };
const COOKIE = 12 * ARGUMENT.size;
const COUNT = COOKIE + 8;
const SPEC_SIZE = COUNT + 8;
const BPF_USDT_ARG_REG = 1;

/**
 * Says in that map that the arguments of a probe are those of the function that stands for it here, in their registers, and that its
 * cookie is the one with which it is attached: a number of a row here, as it is for libbpf.
 */
export function fillUsdtSpecs(kernel: Kernel): void {
  const { args } = PT_REGS[kernel.model.arch];
  for (const map of kernel.maps.values()) {
    const { name, valueSize, maxEntries } = map.definition;
    if (!name.endsWith(SPECS) || map.info.family !== 'array' || valueSize !== SPEC_SIZE) continue;
    for (let row = 0; row < maxEntries; row += 1) {
      const spec = map.valueOn(map.element(row), 0);
      for (const [i, register] of args.entries()) {
        const at = spec + i * ARGUMENT.size;
        map.memory.u8[at + ARGUMENT.type] = BPF_USDT_ARG_REG;
        map.memory.view.setInt16(at + ARGUMENT.register, register, true);
      }
      map.memory.writeU64(spec + COOKIE, BigInt(row));
      map.memory.view.setInt16(spec + COUNT, args.length, true);
    }
  }
}
