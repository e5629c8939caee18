import { TRACEPOINTS } from '../../../src/kernel/attach/well-known-tracepoints.js';
import {
  type CFunction,
  type CStruct,
  type CType,
  type KernelTypes,
  parseCType,
} from '../../../src/verify/c-type.js';
import type { RecordedFile, RecordedType } from './format.js';

function typeOf(text: string): CType {
  const type = parseCType(text);
  if (type === undefined) throw new Error(`a recorded type that is not understood: ${text}`);
  return type;
}

const structOf = (name: string, { size = 0, members = [] }: RecordedType): CStruct => ({
  name,
  size,
  members: members.map(([member, bitOffset, bits, type]) => ({
    name: member,
    bitOffset,
    bits,
    type: typeOf(type),
  })),
});

const functionOf = (name: string, { returns = 'void', args = [] }: RecordedType): CFunction => ({
  name,
  returns: typeOf(returns),
  parameters: args.map(([arg, type]) => ({ name: arg, type: typeOf(type) })),
});

/** Recorded types do not say what tracepoints hand over: that is taken from the project's own list of them. */
function tracepointOf(name: string): CFunction | undefined {
  const [, list] = new RegExp(`^ *void ${name}\\((.*)\\)$`, 'm').exec(TRACEPOINTS) ?? [];
  if (list === undefined) return undefined;
  const parameters = list.split(', ').map((one) => {
    const [, type, arg] = /^(.*?)(\w+)$/.exec(one.replaceAll('const ', ''))!;
    return { name: arg!, type: typeOf(type!) };
  });
  return { name, returns: { kind: 'void' }, parameters };
}

/** The types of a recorded kernel, as far as the recordings have them. */
export function recordedTypes(file: Pick<RecordedFile, 'types'>, kernel: string): KernelTypes {
  const find = (name: string): RecordedType | undefined => {
    const all = Object.entries(file.types[name] ?? {});
    const type = all.find(([kernels]) => kernels.split(' ').includes(kernel))?.[1];
    return type?.absent === true ? undefined : type;
  };
  const known = new Map<string, unknown>();
  const once = <T>(key: string, make: () => T | undefined): T | undefined => {
    if (!known.has(key)) known.set(key, make());
    return known.get(key) as T | undefined;
  };
  return {
    struct: (name) =>
      once(`struct ${name}`, () => {
        const type = find(name);
        return type?.members && structOf(name, type);
      }),
    function: (name) =>
      once(`function ${name}`, () => {
        const type = find(name);
        return type?.args && functionOf(name, type);
      }),
    tracepoint: (name) =>
      once(`tracepoint ${name}`, () =>
        find(`btf_trace_${name}`) === undefined ? undefined : tracepointOf(name),
      ),
    variable: (name) =>
      once(`variable ${name}`, () => {
        const type = find(name)?.var;
        return type === undefined ? undefined : typeOf(type);
      }),
  };
}
