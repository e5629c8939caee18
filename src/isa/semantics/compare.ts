import type { Registers } from './alu64.js';

/** Conditions of jumps (RFC 9669 section 4.3), on registers of two words; `…32` looks at the low words only. */

export function eq64(w: Registers, d: number, s: number): boolean {
  return w[d] === w[s] && w[d + 1] === w[s + 1];
}

export function ne64(w: Registers, d: number, s: number): boolean {
  return w[d] !== w[s] || w[d + 1] !== w[s + 1];
}

export function gt64(w: Registers, d: number, s: number): boolean {
  return w[d + 1] !== w[s + 1] ? w[d + 1]! >>> 0 > w[s + 1]! >>> 0 : w[d]! >>> 0 > w[s]! >>> 0;
}

export function ge64(w: Registers, d: number, s: number): boolean {
  return w[d + 1] !== w[s + 1] ? w[d + 1]! >>> 0 > w[s + 1]! >>> 0 : w[d]! >>> 0 >= w[s]! >>> 0;
}

export function lt64(w: Registers, d: number, s: number): boolean {
  return w[d + 1] !== w[s + 1] ? w[d + 1]! >>> 0 < w[s + 1]! >>> 0 : w[d]! >>> 0 < w[s]! >>> 0;
}

export function le64(w: Registers, d: number, s: number): boolean {
  return w[d + 1] !== w[s + 1] ? w[d + 1]! >>> 0 < w[s + 1]! >>> 0 : w[d]! >>> 0 <= w[s]! >>> 0;
}

export function sgt64(w: Registers, d: number, s: number): boolean {
  return w[d + 1] !== w[s + 1] ? w[d + 1]! > w[s + 1]! : w[d]! >>> 0 > w[s]! >>> 0;
}

export function sge64(w: Registers, d: number, s: number): boolean {
  return w[d + 1] !== w[s + 1] ? w[d + 1]! > w[s + 1]! : w[d]! >>> 0 >= w[s]! >>> 0;
}

export function slt64(w: Registers, d: number, s: number): boolean {
  return w[d + 1] !== w[s + 1] ? w[d + 1]! < w[s + 1]! : w[d]! >>> 0 < w[s]! >>> 0;
}

export function sle64(w: Registers, d: number, s: number): boolean {
  return w[d + 1] !== w[s + 1] ? w[d + 1]! < w[s + 1]! : w[d]! >>> 0 <= w[s]! >>> 0;
}

export function set64(w: Registers, d: number, s: number): boolean {
  return ((w[d]! & w[s]!) | (w[d + 1]! & w[s + 1]!)) !== 0;
}

export function eq32(w: Registers, d: number, s: number): boolean {
  return w[d] === w[s];
}

export function ne32(w: Registers, d: number, s: number): boolean {
  return w[d] !== w[s];
}

export function gt32(w: Registers, d: number, s: number): boolean {
  return w[d]! >>> 0 > w[s]! >>> 0;
}

export function ge32(w: Registers, d: number, s: number): boolean {
  return w[d]! >>> 0 >= w[s]! >>> 0;
}

export function lt32(w: Registers, d: number, s: number): boolean {
  return w[d]! >>> 0 < w[s]! >>> 0;
}

export function le32(w: Registers, d: number, s: number): boolean {
  return w[d]! >>> 0 <= w[s]! >>> 0;
}

export function sgt32(w: Registers, d: number, s: number): boolean {
  return w[d]! > w[s]!;
}

export function sge32(w: Registers, d: number, s: number): boolean {
  return w[d]! >= w[s]!;
}

export function slt32(w: Registers, d: number, s: number): boolean {
  return w[d]! < w[s]!;
}

export function sle32(w: Registers, d: number, s: number): boolean {
  return w[d]! <= w[s]!;
}

export function set32(w: Registers, d: number, s: number): boolean {
  return (w[d]! & w[s]!) !== 0;
}
