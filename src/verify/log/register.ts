import type { Scalar } from '../range/scalar.js';
import { formatBits } from '../range/tnum.js';
import { S32_MAX, S32_MIN, S64_MAX, S64_MIN, s64, U32_MAX, U64_MAX, u64 } from '../range/words.js';
import type { Register } from '../state/register.js';

/** Up to 16 bits in decimal, as the kernel prints numbers in its log. */
const unsigned = (value: bigint): string => (value <= 0xffffn ? `${value}` : `0x${value.toString(16)}`);
const signed = (value: bigint): string =>
  value >= -0x8000n && value <= 0x7fffn ? `${value}` : `0x${u64(value).toString(16)}`;

/** Bounds that say something; those that are the same number are written as one: `smin=smin32=0,smax=umax=3` (print_scalar_ranges). */
function bounds(s: Scalar): string[] {
  const all = [
    ['smin', s.smin, S64_MIN],
    ['smax', s.smax, S64_MAX],
    ['umin', s.umin, 0n],
    ['umax', s.umax, U64_MAX],
    ['smin32', s.smin32, S32_MIN],
    ['smax32', s.smax32, S32_MAX],
    ['umin32', s.umin32, 0n],
    ['umax32', s.umax32, U32_MAX],
  ] as const;
  const said = new Set<string>();
  const out: string[] = [];
  for (const [i, [name, value, usual]] of all.entries()) {
    if (value === usual || said.has(name)) continue;
    const isSame = ([other, otherValue, otherUsual]: (typeof all)[number], j: number): boolean =>
      j > i && (j - i) % 2 === 0 && otherValue === value && otherValue !== otherUsual && !said.has(other);
    const names = [name, ...all.filter(isSame).map(([other]) => other)];
    for (const one of names) said.add(one);
    out.push(`${names.join('=')}=${name.startsWith('s') ? signed(value) : unsigned(value)}`);
  }
  if (s.bits.mask.unsigned !== U64_MAX) out.push(`var_off=${formatBits(s.bits)}`);
  return out;
}

function details(r: Register): string[] {
  const { target, scalar, kind } = r;
  const { map } = target;
  const named = map === undefined ? [] : [`map=${map.name}`, `ks=${map.keySize}`, `vs=${map.valueSize}`];
  const where =
    kind === 'scalar' || !scalar.isConstant
      ? bounds(scalar)
      : scalar.constant === 0n
        ? []
        : [`imm=${signed(scalar.bits.value.signed)}`];
  return [
    ...(r.id === 0
      ? []
      : [`id=${r.id}${r.delta === 0 || r.isPointer ? '' : signed(BigInt(r.delta)).replace(/^(?!-)/, '+')}`]),
    ...(r.parent === 0 ? [] : [`parent_id=${r.parent}`]),
    ...named,
    ...(kind === 'packet' || kind === 'packet_meta' ? [`r=${target.range ?? 0}`] : []),
    ...(kind === 'mem' ? [`sz=${target.size ?? 0}`] : []),
    ...where,
  ];
}

/** Which frame a stack pointer points into, unless it is its own. */
const otherFrame = ({ target }: Register, own: number): string =>
  (target.frame ?? 0) === own ? '' : `[${target.frame ?? 0}]`;

/** What is known of a register of a frame, as the kernel's log has it (print_reg_state, kernel/bpf/log.c). */
export function formatRegister(r: Register, frame = 0): string {
  const precise = r.precise ? 'P' : '';
  const known = r.scalar.constant;
  if (r.kind === 'scalar' && known !== undefined) return `${precise}${signed(s64(known))}`;
  if (r.kind === 'stack' && known !== undefined) return `fp${otherFrame(r, frame)}${s64(known)}`;
  const struct = r.kind === 'btf' ? (r.target.struct?.name ?? '') : '';
  return `${precise}${r.type}${r.kind === 'stack' ? otherFrame(r, frame) : struct}(${details(r).join(',')})`;
}
