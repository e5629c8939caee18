import { errnoOf } from '../kernel/errno.js';
import { type Refusal, TAKERS, type Taker, type TakerName } from './layers.js';

function numberOf(refusal: Refusal): number {
  if (refusal === 'NULL') return 0;
  return refusal === '-1' ? -1 : errnoOf(refusal);
}

/** Whether a function that takes a lock or a buffer did not get it, by the 32 bits of what it returned. */
export function isRefused(by: TakerName, result: bigint): boolean {
  const { refusals }: Taker = TAKERS[by];
  const value = Number(BigInt.asIntN(32, result));
  if (refusals === undefined) return value !== 0;
  return refusals.some((name) => value === numberOf(name));
}
