import { isMapOf } from '../map-types.js';
import { UNKNOWN, ZERO } from '../range/scalar.js';
import type { VerifiedMap } from '../request.js';
import type { Frame } from '../state/frame.js';
import { NONE, pointer, scalarRegister } from '../state/register.js';
import { callBack, callLater } from './call.js';
import type { Call } from './call-facts.js';
import { markPrecise } from './precision.js';
import { NotJudged, refuse } from './refused.js';
import type { Walk } from './walk.js';

const YES_OR_NO = { min: 0n, max: 1n, is32: false } as const;

function unused(callee: Frame, from: number): void {
  for (let i = from; i <= 5; i++) callee.registers[i] = NONE;
}

function element(callee: Frame, map: VerifiedMap | undefined): void {
  if (map === undefined) throw new Error('a callback for elements of no map');
  const target = { map, mapUid: 0 };
  callee.registers[2] = pointer('map_key', { target, scalar: ZERO });
  callee.registers[3] = pointer('map_value', { target, scalar: ZERO });
}

/** Maps whose elements can be walked over. */
const ITERABLE = ['hash', 'array', 'percpu_hash', 'percpu_array', 'lru_hash', 'lru_percpu_hash'] as const;

/** Calls that call a function of the program: its arguments, and what it may give back. */
export function afterCall(walk: Walk, call: Call): void {
  const { name, flags } = call.row;
  const { subprogram } = call;
  switch (name) {
    case 'bpf_for_each_map_elem':
      if (call.map !== undefined && !isMapOf(call.map, ...ITERABLE)) {
        refuse('ENOTSUPP', 'callback function not allowed for map');
      }
      callBack(walk, subprogram, (caller, callee) => {
        callee.registers[1] = caller.register(1);
        element(callee, call.map);
        callee.registers[4] = caller.register(3);
        unused(callee, 5);
        callee.callbackRange = YES_OR_NO;
      });
      return;
    case 'bpf_loop': {
      const { frame } = walk.state;
      if (frame.register(4).isNull) markPrecise(walk, 4);
      markPrecise(walk, 1);
      if (BigInt(frame.callbackDepth) >= frame.register(1).scalar.umax) {
        frame.callbackDepth = 0;
        return;
      }
      callBack(walk, subprogram, (caller, callee) => {
        callee.registers[1] = scalarRegister(UNKNOWN);
        callee.registers[2] = caller.register(3);
        unused(callee, 3);
        callee.callbackRange = YES_OR_NO;
      });
      return;
    }
    case 'bpf_timer_set_callback':
      callLater(walk, subprogram, false, (caller, callee) => {
        const { map } = caller.register(1).target;
        callee.registers[1] = pointer('map_ptr', { target: map === undefined ? {} : { map } });
        element(callee, map);
        unused(callee, 4);
      });
      return;
    default:
      if (flags.has('calls_now') || flags.has('calls_later')) throw new NotJudged(name);
  }
}
