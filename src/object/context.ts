import type { Btf } from './btf.js';
import type { FunctionInfo } from './btf-ext.js';
import { fromBtf } from './core/from-btf.js';
import { essentialName } from './core/local.js';
import type { TargetStruct } from './core/target.js';
import type { TypeSpace } from './core/type-space.js';

/** The record of a tracepoint, which programs on perf get. */
export interface ContextType {
  readonly struct: TargetStruct;
  /** It is the kernel's own type (`trace_event_raw_NAME`), and not one that the program made for itself. */
  readonly isOfKernel: boolean;
}

const EVENT = 'trace_event_raw_';

/** What the first parameter of a function points to. */
function pointedTo(
  btf: Btf,
  functionType: number,
): { readonly id: number; readonly name: string } | undefined {
  const fn = btf.get(functionType);
  const proto = fn.kind === 'func' ? btf.get(fn.type) : undefined;
  const first = proto?.kind === 'func_proto' ? proto.parameters[0] : undefined;
  const pointer = first === undefined ? undefined : btf.strip(first.type).type;
  if (pointer?.kind !== 'ptr') return undefined;
  const { id, type } = btf.strip(pointer.type);
  return type.kind === 'struct' ? { id, name: type.name } : undefined;
}

/** What a program of a tracepoint says its record is, by its parameter, else by a type that is called like the tracepoint. */
export function contextOf(
  btf: Btf,
  types: TypeSpace,
  info: FunctionInfo | undefined,
  section: string,
): ContextType | undefined {
  const m = /^\??(?:tp|tracepoint)\/(?:.*\/)?(\w+)$/.exec(section);
  if (m === null) return undefined;
  const own = info && pointedTo(btf, info.type);
  const named = own?.name.startsWith(EVENT) === true ? essentialName(own.name) : `${EVENT}${m[1]}`;
  const known = types.get(named) ?? types.take(btf, 'struct', named);
  if (known?.kind === 'struct') return { struct: known, isOfKernel: true };
  const struct = own && fromBtf(btf, own.id);
  return struct?.kind === 'struct' ? { struct, isOfKernel: false } : undefined;
}
