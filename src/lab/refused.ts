import { errnoOf } from '../kernel/errno.js';
import { TAKERS, type Taker, type TakerName } from './layers.js';

/** Whether a function that takes a lock or a buffer did not get it, by the 32 bits of what it returned. */
export function isRefused(by: TakerName, result: bigint): boolean {
  const { refusals }: Taker = TAKERS[by];
  const value = Number(BigInt.asIntN(32, result));
  if (refusals === undefined) return value !== 0;
  return refusals.some((name) => value === (name === 'NULL' ? 0 : errnoOf(name)));
}
