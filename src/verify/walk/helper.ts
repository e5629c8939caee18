import type { Insn } from '../../isa/insn.js';
import { refuseHelper } from '../prototype/helper.js';
import { signedRange } from '../range/scalar.js';
import { MAX_ERRNO } from '../range/words.js';
import { isBefore } from '../series.js';
import { ANY, type Register, scalarRegister } from '../state/register.js';
import { checkArgument } from './argument.js';
import { type Call, newCall } from './call-facts.js';
import { afterCall } from './callbacks.js';
import { releaseDynptr } from './dynptr-release.js';
import { checkResources, leaveFunction } from './exit.js';
import { checkMapFunction } from './map-function.js';
import { accessMemory } from './memory.js';
import { isOfPacket } from './packet.js';
import { markPrecise } from './precision.js';
import { acquire, invalid, release, whatKeepsAwake } from './references.js';
import { NotJudged, refuse } from './refused.js';
import { isReadOnlyForPrograms } from './region.js';
import { resultOf } from './result.js';
import type { Walk } from './walk.js';

const SIZED = new Set([
  'bpf_get_stack',
  'bpf_get_task_stack',
  'bpf_probe_read_str',
  'bpf_probe_read_kernel_str',
  'bpf_probe_read_user_str',
]);

/** Results of which more is known than that they are numbers (do_refine_retval_range). */
function refined(walk: Walk, call: Call, result: Register): Register {
  const { name } = call.row;
  if (!result.isScalar) return result;
  if (SIZED.has(name)) return scalarRegister(signedRange(-MAX_ERRNO, call.maxSize));
  if (name === 'bpf_get_smp_processor_id' && !isBefore(walk.request.series.release, '6.12')) {
    return scalarRegister(signedRange(0n, BigInt(walk.request.processors - 1)));
  }
  return result;
}

/** Packets may have moved: pointers into them are no more (clear_all_pkt_pointers). */
function forgetPackets(walk: Walk): void {
  walk.state.mapRegisters((r) => (isOfPacket(r) ? invalid(walk) : r));
}

function tailCall(walk: Walk, call: Call): void {
  const index = walk.register(3);
  if (index.isScalar && index.scalar.constant !== undefined) {
    const { map } = call;
    if (map !== undefined && index.scalar.constant < BigInt(map.maxEntries)) markPrecise(walk, 3);
  }
  checkResources(walk, 'tail_call', true);
}

const CHANGES_MAP = new Set([
  'bpf_map_delete_elem',
  'bpf_map_update_elem',
  'bpf_map_push_elem',
  'bpf_map_pop_elem',
]);

/** Whether the program may call a helper; what holds for one call of it holds for all. */
function checkAllowed({ request, allowedHelpers }: Walk, number: number): void {
  if (allowedHelpers.has(number)) return;
  const refusal = refuseHelper(request, number);
  if (refusal === 'unknown') throw new NotJudged(`helper ${number}`);
  if (refusal !== undefined) refuse(refusal.errno, refusal.message);
  allowedHelpers.add(number);
}

/** A call of a helper (check_helper_call). */
export function callHelper(walk: Walk, insn: Insn): void {
  const { state } = walk;
  const row = walk.code.calls[walk.slot];
  checkAllowed(walk, insn.imm);
  if (row === undefined) throw new NotJudged(`helper ${insn.imm}`);
  const awake = whatKeepsAwake(walk);
  if (row.flags.has('sleeps') && awake !== undefined) {
    refuse('EINVAL', `sleepable helper ${row.name}#${insn.imm} in ${awake}`);
  }
  const call = newCall(row);
  for (let i = 0; i < 5; i++) checkArgument(walk, call, i);
  if (call.map !== undefined && CHANGES_MAP.has(row.name) && isReadOnlyForPrograms(call.map)) {
    refuse('EACCES', 'write into map forbidden');
  }
  for (let i = 0; i < (call.raw?.size ?? 0); i++) {
    accessMemory(walk, { register: call.raw!.register, offset: i, size: 1, mode: 'write' });
  }
  if (call.released !== 0) {
    const register = walk.register(call.released);
    if (call.dynptr !== undefined) releaseDynptr(walk, call.dynptr);
    else if (!register.isNull) release(walk, register.id);
  }
  if (row.name === 'bpf_dynptr_from_mem' && walk.register(1).kind !== 'map_value') {
    refuse('EACCES', `Unsupported reg type ${walk.register(1).type} for bpf_dynptr_from_mem data`);
  }
  if (row.name === 'bpf_tail_call') tailCall(walk, call);
  afterCall(walk, call);
  walk.clobber();
  let result = resultOf(walk, call);
  if (row.flags.has('acquires')) result = result.with({ id: acquire(walk) });
  walk.set(0, refined(walk, call, result));
  if (call.map !== undefined) checkMapFunction(call.map, row.name, insn.imm);
  if (row.flags.has('changes_packet')) forgetPackets(walk);
  if (row.name === 'bpf_tail_call' && state.frames.length > 1) {
    walk.fork(walk.slot + 1);
    forgetPackets(walk);
    walk.set(0, ANY);
    leaveFunction(walk);
    return;
  }
  walk.slot++;
}
