import type { Asked } from '../../lab/judge.js';

/** Whether what Linux would not load is refused, or Linux is not asked. */
export const VERIFY = ['on', 'off'] as const;
export type Verify = (typeof VERIFY)[number];

/** What is chosen for all that is done with a lab. */
export interface LabChoice {
  /** Absent: what the scenario says. */
  readonly kernel: string | undefined;
  /** Absent: what the scenario says, and where it says nothing it is only said what Linux would not load. */
  readonly verify?: Verify | undefined;
  /** Who says that. The worker tells it by the lab, and nobody else. */
  readonly judge?: Asked;
  /** Whether functions are made that programs are attached to and nobody declares. The worker tells it by the lab. */
  readonly makes?: boolean;
}
