import { KIND, type Memory, toAddress } from '../../machine/memory.js';
import type { GlobalAst, PercpuAst, UserAst } from '../../syntax/lab-ast.js';
import { formatRange } from '../../text/range.js';
import type { Kernel } from '../kernel.js';
import { MIN_UNIT_SIZE } from '../percpu/constants.js';
import { initialiseUserPage, toUserAddress, USER_HEADER } from '../user.js';
import { type BootContext, reserve } from './context.js';
import type { Owned } from './declared.js';

/** Elements a global array may have. */
export const LARGEST_ARRAY = 1 << 20;

const percpuSize = (cx: BootContext, p: PercpuAst): number =>
  (p.type.bits / 8) * cx.count(p.name.name, p.type.count, MIN_UNIT_SIZE);
const percpuAlign = (p: PercpuAst): number => Math.max(4, p.type.bits / 8);

/** Bytes of the first chunk's static part, which holds the variables declared with `percpu`. */
export function staticPercpuBytes(cx: BootContext, percpus: readonly Owned<PercpuAst>[]): number {
  return percpus.reduce((end, p) => Math.ceil(end / percpuAlign(p)) * percpuAlign(p) + percpuSize(cx, p), 0);
}

export function createPercpuVariables(
  cx: BootContext,
  kernel: Kernel,
  percpus: readonly Owned<PercpuAst>[],
): void {
  for (const p of percpus) {
    const made = kernel.percpu.declare(p.name.name, percpuSize(cx, p), percpuAlign(p));
    if (!made.ok) {
      cx.findings.error('B0606', made.warning, { span: p.name.span });
      kernel.symbols.define(
        cx.symbolOf('variable', p.name.name),
        { kind: 'address', address: 0n },
        p.visibility,
      );
      continue;
    }
    kernel.percpuVariables.set(p.name.name, made.allocation);
    kernel.symbols.define(
      cx.symbolOf('variable', p.name.name),
      { kind: 'address', address: made.allocation.pointer },
      p.visibility,
    );
  }
}

export function createGlobals(cx: BootContext, kernel: Kernel, globals: readonly Owned<GlobalAst>[]): void {
  for (const g of globals) {
    const { bits, signed } = g.type;
    const count = cx.count(g.name.name, g.type.count, LARGEST_ARRAY);
    const size = (bits / 8) * count;
    const region = reserve(kernel.memory, `global ${g.name.name}`, 'global', size);
    kernel.memory.unpoison(region.start, size, KIND.object);
    kernel.globals.set(g.name.name, {
      name: g.name.name,
      at: region.start,
      bits,
      signed,
      count,
      isArray: g.type.count !== undefined,
    });
    kernel.symbols.define(
      cx.symbolOf('variable', g.name.name),
      { kind: 'address', address: toAddress(region.start) },
      g.visibility,
    );
    initialise(cx, kernel.memory, g, region.start, count);
  }
}

/** Fills `__per_cpu_offset`, by which the kernel reaches the values of another CPU (per_cpu_ptr). */
export function writePercpuOffsets(kernel: Kernel): void {
  const { at } = kernel.globals.get('__per_cpu_offset')!;
  for (let cpu = 0; cpu < kernel.cpus; cpu += 1)
    kernel.memory.writeU64(at + cpu * 8, kernel.percpu.offsetOf(cpu));
}

/** Variables in user memory; a missing page has to be provided before it can be read. */
export function createUserVariables(cx: BootContext, kernel: Kernel, users: readonly UserAst[]): void {
  for (const u of users) {
    const { bits, signed } = u.type;
    const { name } = u.name;
    const count = cx.count(name, u.type.count, LARGEST_ARRAY);
    const size = (bits / 8) * count;
    const region = reserve(kernel.memory, `user memory ${name}`, 'user', USER_HEADER + size);
    initialiseUserPage(kernel.memory, region.start, size, u.isMissing);
    kernel.users.set(name, {
      name,
      at: region.start,
      size,
      address: toUserAddress(region.start + USER_HEADER),
    });
    const at = region.start + USER_HEADER;
    kernel.globals.set(name, { name, at, bits, signed, count, isArray: u.type.count !== undefined });
    const symbol = cx.symbolOf('variable', name);
    kernel.symbols.define(symbol, { kind: 'address', address: toUserAddress(at) }, 'public');
    initialise(cx, kernel.memory, u, at, count);
  }
}

function initialise(
  cx: BootContext,
  memory: Memory,
  g: GlobalAst | UserAst,
  at: number,
  count: number,
): void {
  const { initial, type } = g;
  if (initial === undefined) return;
  if (initial.kind === 'text') {
    const bytes = new TextEncoder().encode(`${initial.text}\0`);
    if (type.bits === 8 && bytes.length <= count) memory.u8.set(bytes, at);
    else {
      cx.findings.error('B0406', `a text of ${bytes.length} bytes, its zero byte included, does not fit`, {
        span: initial.span,
        help: `write \`global ${g.name.name} : u8[${bytes.length}] = …\``,
      });
    }
    return;
  }
  const value = cx.evaluate(initial);
  if (value === undefined) return;
  const fits = value >= -(1n << BigInt(type.bits - 1)) && value < 1n << BigInt(type.bits);
  if (count > 1 || !fits) {
    const { span } = initial;
    if (count > 1) {
      const help = 'leave the value out: an array begins with zeros';
      cx.findings.error('B0406', 'an array has no single initial value', { span, help });
    } else {
      const what = `${value} does not fit into ${type.bits} bits`;
      cx.findings.error('B0406', what, {
        span,
        expected: formatRange(-(1n << BigInt(type.bits - 1)), (1n << BigInt(type.bits)) - 1n),
      });
    }
    return;
  }
  for (let i = 0; i < type.bits / 8; i += 1) {
    memory.u8[at + i] = Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 0xffn);
  }
}
