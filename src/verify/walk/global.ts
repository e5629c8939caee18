import { NotJudged } from './refused.js';
import type { Walk } from './walk.js';

/** Whether what is in r1 to r5 fits the type of a function that is verified by itself (btf_check_func_arg_match). */
export function checkArguments(_walk: Walk, _subprogram: number): void {
  throw new NotJudged('a global function');
}
