import type { AlignmentRules } from '../machine/access.js';

/** Fields of preempt_count (kernel-facts: include/linux/preempt.h). */
export interface PreemptLayout {
  readonly softirqOffset: number;
  readonly hardirqMask: number;
  readonly hardirqOffset: number;
  readonly nmiMask: number;
  readonly nmiOffset: number;
}

/** Until Linux 7.0: PREEMPT 0-7, SOFTIRQ 8-15, HARDIRQ 16-19, NMI 20-23. */
export const CLASSIC_LAYOUT: PreemptLayout = {
  softirqOffset: 0x100,
  hardirqMask: 0x000f_0000,
  hardirqOffset: 0x0001_0000,
  nmiMask: 0x00f0_0000,
  nmiOffset: 0x0010_0000,
};

/** From Linux 7.2: HARDIRQ_DISABLE 16-23, HARDIRQ 24-27, NMI 28-31. */
export const NEW_LAYOUT: PreemptLayout = {
  softirqOffset: 0x100,
  hardirqMask: 0x0f00_0000,
  hardirqOffset: 0x0100_0000,
  nmiMask: 0xf000_0000,
  nmiOffset: 0x1000_0000,
};

/** What differs between kernels. */
export interface KernelModel {
  readonly name: string;
  readonly arch: 'arm64' | 'amd64';
  /** Name of the guard this kernel has. */
  readonly guard: string;
  /** Whether RCU readers can be preempted (CONFIG_PREEMPT_RCU). */
  readonly preemptRcu: boolean;
  readonly preempt: PreemptLayout;
  readonly alignment: AlignmentRules;
  /** Most programs on one function, over all kinds (BPF_MAX_TRAMP_LINKS or the image's size, whichever is less). */
  readonly maxLinks: number;
  readonly summary: string;
}

const ARM64: AlignmentRules = { atomics: true, plain: false };
const AMD64: AlignmentRules = { atomics: false, plain: false };

export const MODELS: readonly KernelModel[] = [
  {
    name: 'arm64-7.3',
    arch: 'arm64',
    guard: 'arm64',
    preemptRcu: false,
    preempt: NEW_LAYOUT,
    alignment: ARM64,
    maxLinks: 37,
    summary: 'Linux 7.3 on arm64: byte counters, preempt_count in the task, misaligned atomics fault',
  },
  {
    name: 'amd64-7.3',
    arch: 'amd64',
    guard: 'generic',
    preemptRcu: true,
    preempt: NEW_LAYOUT,
    alignment: AMD64,
    maxLinks: 36,
    summary: 'Linux 7.3 on x86-64: one int per CPU, preempt_count per CPU, RCU readers can be preempted',
  },
];

export const DEFAULT_MODEL = 'arm64-7.3';

export function findModel(name: string): KernelModel | undefined {
  return MODELS.find((m) => m.name === name);
}

/** The model's constants, by the names kernel files use. */
export function modelConstants(model: KernelModel): Map<string, bigint> {
  const { preempt } = model;
  return new Map([
    ['CONFIG_PREEMPT_RCU', model.preemptRcu ? 1n : 0n],
    ['SOFTIRQ_OFFSET', BigInt(preempt.softirqOffset)],
    ['HARDIRQ_MASK', BigInt(preempt.hardirqMask)],
    ['HARDIRQ_OFFSET', BigInt(preempt.hardirqOffset)],
    ['NMI_MASK', BigInt(preempt.nmiMask)],
    ['NMI_OFFSET', BigInt(preempt.nmiOffset)],
  ]);
}

/** Page of the model, which bounds the alignment of per-CPU allocations. */
export const PAGE_SIZE = 4096;
