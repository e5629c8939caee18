import type { Insn } from '../../isa/insn.js';
import { helperFor, refuseHelper } from '../prototype/helper.js';
import { signedRange } from '../range/scalar.js';
import type { VerifiedMap } from '../request.js';
import { isBefore } from '../series.js';
import { FLAGS } from '../state/kind.js';
import { ANY, NONE, pointer, type Register, scalarRegister } from '../state/register.js';
import { checkArgument } from './argument.js';
import type { Call } from './call-facts.js';
import { afterCall } from './callbacks.js';
import { checkResources, leaveFunction } from './exit.js';
import { checkMapFunction } from './map-function.js';
import { accessMemory } from './memory.js';
import { markPrecise } from './precision.js';
import { acquire, invalid, release, whatKeepsAwake } from './references.js';
import { NotJudged, refuse } from './refused.js';
import type { Walk } from './walk.js';

const newCall = (row: Call['row']): Call => ({
  row,
  map: undefined,
  mapUid: 0,
  key: undefined,
  raw: undefined,
  maxSize: 0n,
  allocated: 0,
  subprogram: 0,
  reference: 0,
  released: 0,
  percpu: undefined,
});

/** Types of maps whose elements are maps. */
const OF_MAPS = new Set([12, 13]);

function lookedUp(walk: Walk, call: Call, isNullable: boolean): Register {
  const map = call.map;
  if (map === undefined) throw new Error(`${call.row.name} gives a value of no map`);
  const isThere =
    call.row.name === 'bpf_map_lookup_elem' &&
    call.key !== undefined &&
    BigInt.asIntN(64, call.key) >= 0n &&
    call.key < BigInt(map.maxEntries);
  const flags = isNullable && !isThere ? FLAGS.maybeNull : 0;
  const hasLock = map.fields.some((f) => f.kind === 'managed' && /spin_lock$/.test(f.type));
  const id = flags !== 0 || hasLock ? walk.newId() : 0;
  if (OF_MAPS.has(map.type)) {
    if (map.inner === undefined) throw new NotJudged('a map of unknown maps');
    const inner: VerifiedMap = map.inner;
    const hasTimer = inner.fields.some((f) => f.kind === 'managed');
    return pointer('map_ptr', { flags, id, target: { map: inner, mapUid: hasTimer ? id : 0 } });
  }
  if (map.type === 17) return pointer('xdp_sock', { flags, id });
  if (map.type === 15 || map.type === 18) return pointer('sock', { flags, id });
  return pointer('map_value', { flags, id, target: { map, mapUid: call.mapUid } });
}

const object = (struct: string, flags: number, id = 0): Register =>
  pointer('btf', { flags, id, target: { struct: { name: struct, from: 'kernel' } } });

/** What the call leaves in r0. */
function resultOf(walk: Walk, call: Call): Register {
  const { returns } = call.row;
  const orNull = FLAGS.maybeNull;
  switch (returns) {
    case 'int':
    case 'bool':
      return ANY;
    case 'void':
      return NONE;
    case 'map_value_or_null':
      return lookedUp(walk, call, true);
    case 'alloc_mem_or_null':
      return pointer('mem', {
        flags: FLAGS.ringbuf | orNull,
        id: walk.newId(),
        target: { size: call.allocated },
      });
    case 'mem':
    case 'mem_or_null':
      return pointer('mem', {
        flags: returns === 'mem' ? 0 : orNull,
        id: returns === 'mem' ? 0 : walk.newId(),
        target: { size: call.allocated },
      });
    case 'task_struct':
      return object('task_struct', FLAGS.trusted);
    case 'task_struct_or_null':
      return object('task_struct', FLAGS.trusted | orNull, walk.newId());
    case 'pt_regs':
      return object('pt_regs', FLAGS.trusted);
    case 'percpu_mem':
    case 'percpu_mem_or_null':
      return percpuResult(walk, call, returns === 'percpu_mem_or_null');
    case 'bpf_cpumask':
    case 'bpf_cpumask_or_null':
    case 'btf_object':
    case 'kptr_or_null':
    case 'dynptr_mem_or_null':
      throw new NotJudged(`what ${call.row.name} gives`);
    default:
      return returns satisfies never;
  }
}

function percpuResult(walk: Walk, call: Call, isNullable: boolean): Register {
  const { percpu } = call;
  const { struct, size } = percpu?.target ?? {};
  const flags = isNullable ? FLAGS.maybeNull : 0;
  const id = isNullable ? walk.newId() : 0;
  if (size !== undefined) return pointer('mem', { flags: flags | FLAGS.readonly, id, target: { size } });
  return pointer('btf', { flags, id, target: struct === undefined ? {} : { struct } });
}

const MAX_ERRNO = 4095n;
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
  walk.state.mapRegisters((r) => (r.isPacket || r.kind === 'packet_end' ? invalid(walk) : r));
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

/** A call of a helper (check_helper_call). */
export function callHelper(walk: Walk, insn: Insn): void {
  const { request, state } = walk;
  const row = helperFor(request, insn.imm);
  const refusal = refuseHelper(request, insn.imm);
  if (refusal === 'unknown') throw new NotJudged(`helper ${insn.imm}`);
  if (refusal !== undefined) refuse(refusal.errno, refusal.message);
  if (row === undefined) throw new NotJudged(`helper ${insn.imm}`);
  const awake = whatKeepsAwake(walk);
  if (row.flags.has('sleeps') && awake !== undefined) {
    refuse('EINVAL', `sleepable helper ${row.name}#${insn.imm} in ${awake}`);
  }
  const call = newCall(row);
  for (let i = 0; i < 5; i++) checkArgument(walk, call, i);
  if (call.map !== undefined && CHANGES_MAP.has(row.name) && (call.map.flags & 0x80) !== 0) {
    refuse('EACCES', 'write into map forbidden');
  }
  for (let i = 0; i < (call.raw?.size ?? 0); i++) {
    accessMemory(walk, { register: call.raw!.register, offset: i, size: 1, mode: 'write' });
  }
  if (call.released !== 0) {
    const register = walk.register(call.released);
    if (!register.isNull) release(walk, register.id);
  }
  if (row.name === 'bpf_tail_call') tailCall(walk, call);
  afterCall(walk, call);
  walk.clobber();
  let result = resultOf(walk, call);
  if (row.flags.has('acquires')) result = result.with({ id: acquire(walk) });
  walk.set(0, refined(walk, call, result));
  if (call.map !== undefined) checkMapFunction(walk, call.map, row.name, insn.imm);
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
