import { toAddress } from '../../machine/memory.js';
import type { Kernel, Link } from '../kernel.js';
import { PROG_ARRAY, PROG_ARRAY_ITEM } from '../layout.js';

/** Writes the array of programs that a perf event runs (struct bpf_prog_array). */
export function writeProgramArray(kernel: Kernel, at: number, links: readonly Link[]): void {
  const { memory } = kernel;
  memory.writeU64(at + PROG_ARRAY.fields.count.offset, BigInt(links.length));
  links.forEach(({ program, cookie }, i) => {
    const item = at + PROG_ARRAY.size + i * PROG_ARRAY_ITEM.size;
    memory.writeU64(item + PROG_ARRAY_ITEM.fields.prog.offset, toAddress(program.at));
    memory.writeU64(item + PROG_ARRAY_ITEM.fields.bpf_cookie.offset, cookie);
  });
}
