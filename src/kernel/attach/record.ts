import {
  resolveTarget,
  type TargetField,
  type TargetStruct,
  type TargetType,
  type TypeLookup,
  targetSize,
} from '../../object/core/target.js';
import type { ParamAst } from '../../syntax/lab-ast.js';
import { MAX_ARGUMENTS } from '../layout.js';
import {
  add,
  type CodeLine,
  call,
  clear,
  copy,
  inFrame,
  load,
  or32,
  R10,
  set,
  shiftLeft32,
  store,
} from './lines.js';

/** Bytes before the fields of a record: what it is of, and who was interrupted (struct trace_entry). */
export const ENTRY_SIZE = 8;
/** Room for each string that lies after the fields, and the most bytes of a whole record. */
const STRING_ROOM = 64;
const MOST_RECORD = 320;

/** A field of a record, as far as a tracepoint fills it. */
interface RecordField {
  readonly name: string;
  readonly offset: number;
  /** Bytes of a number, or of the room that a string has. */
  readonly size: number;
  /** A number; a string in an array; where a string lies after the fields, and how long it is (`__data_loc`). */
  readonly holds: 'number' | 'string' | 'place';
  /** Of a number of a table: whether it has a sign. */
  readonly signed?: boolean;
}

/** What programs of a tracepoint on perf get: a record in which the tracepoint has put its arguments. */
export interface RecordLayout {
  /** Bytes without the strings after the fields. */
  readonly size: number;
  /** Where the last field ends. */
  readonly end: number;
  readonly fields: readonly RecordField[];
}

/** A record, and which argument of the tracepoint goes into each of its fields; undefined for one that stays zero. */
export interface FilledRecord {
  readonly layout: RecordLayout;
  readonly from: readonly (number | undefined)[];
}

const PLACE = '__data_loc_';

/** The fields that one member of a structure is: an array of numbers is as many. */
function fieldsOf(types: TypeLookup, name: string, offset: number, type: TargetType): RecordField[] {
  const known = resolveTarget(types, type);
  const size = targetSize(types, type);
  if (known === undefined || size === undefined || size === 0) return [];
  switch (known.kind) {
    case 'int':
    case 'enum':
    case 'pointer': {
      const isPlace = name.startsWith(PLACE) && size === 4;
      return [
        isPlace
          ? { name: name.slice(PLACE.length), offset, size, holds: 'place' }
          : { name, offset, size, holds: 'number' },
      ];
    }
    case 'array': {
      const each = targetSize(types, known.of) ?? 0;
      if (each === 1) return [{ name, offset, size, holds: 'string' }];
      return Array.from({ length: Math.min(known.count, MAX_ARGUMENTS) }, (_, i) =>
        fieldsOf(types, `${name}[${i}]`, offset + i * each, known.of),
      ).flat();
    }
    case 'struct':
    case 'union': {
      // Of what lies over each other one is enough.
      const members = known.kind === 'union' ? known.fields.slice(0, 1) : known.fields;
      return members.flatMap((m) =>
        fieldsOf(types, name === '' ? m.name : `${name}.${m.name}`, offset + m.offset, m.type),
      );
    }
    case 'opaque':
      return [];
    default:
      return known satisfies never;
  }
}

/** The record that a structure describes, whose first 8 bytes no program may read. */
export function recordOf(types: TypeLookup, struct: TargetStruct): RecordLayout {
  const fields = struct.fields
    .filter((f) => f.offset >= ENTRY_SIZE && f.bits === undefined)
    .flatMap((f) => fieldsOf(types, f.name, f.offset, f.type))
    .filter((f) => f.offset + f.size <= MOST_RECORD);
  const ends = struct.fields.map((f) => f.offset + (targetSize(types, f.type) ?? 0));
  return {
    size: Math.min(Math.max(struct.size, ENTRY_SIZE), MOST_RECORD),
    end: Math.max(ENTRY_SIZE, ...ends),
    fields,
  };
}

/** A field of which it is not known yet where it lies: at a multiple of `align`. */
type Unplaced = Omit<RecordField, 'offset'> & { readonly align: number };

/** Fields one after the other. */
function placed(fields: readonly Unplaced[]): RecordLayout {
  let offset = ENTRY_SIZE;
  const out = fields.map(({ align, ...field }): RecordField => {
    const at = Math.ceil(offset / align) * align;
    offset = at + field.size;
    return { ...field, offset: at };
  });
  return { size: Math.ceil(offset / 8) * 8, end: offset, fields: out };
}

/** The record of a tracepoint whose arguments a lab declares: a field for each, of its type. */
export const recordOfParams = (params: readonly ParamAst[]): RecordLayout =>
  placed(
    params.map(({ name, type }) => {
      const size = Number(/\d+/.exec(type)?.[0] ?? 64) / 8;
      return { name, size, align: size, holds: 'number' };
    }),
  );

/**
 * The record that a line of a table describes: `s32 pid, u8[16] comm, place filename`, with `x6` after what is there six
 * times.
 */
export function recordOfText(text: string): RecordLayout {
  const fields = text.split(',').flatMap((part): Unplaced[] => {
    const m = /^\s*(?:([us])(\d+)|u8\[(\d+)\]|(place))\s+(\w+)(?:\s+x(\d+))?\s*$/.exec(part);
    if (m === null) throw new Error(`the table of records has \`${part}\``);
    const [, sign, bits, room, place, name = '', times] = m;
    if (room !== undefined) return [{ name, size: Number(room), align: 1, holds: 'string' }];
    const size = place === undefined ? Number(bits) / 8 : 4;
    return Array.from({ length: Number(times ?? 1) }, (_, i) => ({
      name: times === undefined ? name : `${name}[${i}]`,
      size,
      align: size,
      holds: place === undefined ? 'number' : 'place',
      ...(sign === 's' && { signed: true }),
    }));
  });
  return placed(fields);
}

/** The same as a structure: elements of an array are one field, and a place has the name that it has in C. */
export function structOfText(text: string): TargetStruct {
  const { size, fields } = recordOfText(text);
  const members = new Map<string, TargetField>();
  for (const { name, offset, size: bytes, holds, signed = false } of fields) {
    const [, array] = /^(\w+)\[\d+\]$/.exec(name) ?? [];
    const before = array === undefined ? undefined : members.get(array);
    const int = { kind: 'int', size: bytes as 1 | 2 | 4 | 8, signed } as const;
    const byte = { kind: 'int', size: 1, signed: true } as const;
    if (array !== undefined) {
      const count = before?.type.kind === 'array' ? before.type.count + 1 : 1;
      const type = { kind: 'array', of: int, count } as const;
      members.set(array, { name: array, offset: before?.offset ?? offset, type });
    } else if (holds === 'place') members.set(name, { name: `${PLACE}${name}`, offset, type: int });
    else
      members.set(name, {
        name,
        offset,
        type: holds === 'string' ? { kind: 'array', of: byte, count: bytes } : int,
      });
  }
  return { kind: 'struct', size, fields: [...members.values()] };
}

/** The arguments by which a tracepoint is fired whose record is all that is known of it: the fields, in order. */
export const paramsOfRecord = ({ fields }: RecordLayout): ParamAst[] =>
  fields.slice(0, MAX_ARGUMENTS).map(({ name }) => ({ type: 'u64', name }));

/** A record whose fields get a tracepoint's arguments: those of the same names where `byName`, else in order. */
export function filledRecord(
  layout: RecordLayout,
  params: readonly ParamAst[],
  byName: boolean,
): FilledRecord {
  const from = layout.fields.map(({ name }, i) => {
    const at = byName ? params.findIndex((p) => p.name === name) : i;
    return at >= 0 && at < params.length ? at : undefined;
  });
  return { layout, from };
}

/** Whether the arguments themselves, as 8 bytes each, are the fields. */
export const isPlain = ({ layout, from }: FilledRecord, nargs: number): boolean =>
  layout.fields.length === nargs &&
  layout.fields.every(
    (f, i) => from[i] === i && f.holds === 'number' && f.size === 8 && f.offset === ENTRY_SIZE + 8 * i,
  );

/** Bytes of a record with the strings after its fields. */
export function wholeSize({ size, fields }: RecordLayout): number {
  const places = fields.filter((f) => f.holds === 'place').length;
  return Math.ceil(Math.min(size + places * STRING_ROOM, MOST_RECORD + STRING_ROOM) / 8) * 8;
}

/** Code that fills a record at `to` from arguments at `args`, both counted from r10. */
export function fillLines({ layout, from }: FilledRecord, to: number, args: number): CodeLine[] {
  const whole = wholeSize(layout);
  const lines = Array.from({ length: whole / 8 }, (_, i) => clear(inFrame(to + 8 * i)));
  let free = layout.size;
  layout.fields.forEach(({ offset, size, holds }, i) => {
    const argument = from[i];
    if (argument === undefined) return;
    const value = inFrame(args + 8 * argument);
    const assign = (at: number, room: number): void =>
      void lines.push(load(3, value), copy(1, R10), add(1, to + at), set(2, room), call('trace_assign_str'));
    if (holds === 'number') lines.push(load(1, value), store(inFrame(to + offset), 1, size));
    else if (holds === 'string') assign(offset, size);
    else {
      const room = Math.min(STRING_ROOM, whole - free);
      if (room <= 0) return;
      assign(free, room);
      lines.push(shiftLeft32(0, 16), or32(0, free), store(inFrame(to + offset), 0, 4));
      free += room;
    }
  });
  return lines;
}
