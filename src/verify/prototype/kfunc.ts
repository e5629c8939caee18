import { KFUNCS } from '../calls/kfuncs.js';
import type { CallRow } from '../calls/row.js';
import { UNPROVIDED_KFUNCS } from '../calls/unprovided.js';
import type { Refusal, VerifyRequest } from '../request.js';
import { isBefore } from '../series.js';
import { mayCall } from './helper.js';

/** What is known of a kfunc; undefined for one that the kernel does not have, or that is not known here. */
export function kfuncFor({ series }: VerifyRequest, name: string): CallRow | undefined {
  const row = KFUNCS.get(name) ?? UNPROVIDED_KFUNCS.get(name);
  return row === undefined || isBefore(series.release, row.since) ? undefined : row;
}

/** Why Linux does not let the program call a kfunc, before it looks at the arguments (check_kfunc_call). */
export function refuseKfunc(request: VerifyRequest, row: CallRow): Refusal | undefined {
  if (mayCall(request, row)) return undefined;
  return { errno: 'EACCES', message: `calling kernel function ${row.name} is not allowed` };
}
