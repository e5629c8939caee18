import type { TypeSpace } from '../../object/core/type-space.js';
import type { FunctionAst, LabAst, ParamAst, TracepointAst } from '../../syntax/lab-ast.js';
import type { LabHeader } from './vmlinux.js';

const parameters = (params: readonly ParamAst[]): string[] =>
  params.map(({ type, name }) => `${type} ${name}`);

/** A function that programs call is one of the kernel's symbols; others are there to be traced. */
function functionAsC({ name, params, flags }: FunctionAst): string {
  const isCalled = flags.some((flag) => flag.name === 'kfunc');
  const list = parameters(params).join(', ') || 'void';
  const section = isCalled ? ' __attribute__((section(".ksyms")))' : '';
  return `extern u64 ${name.name}(${list})${section};`;
}

/** A tracepoint as BTF has it, of which programs of kind tp_btf find their arguments. */
const tracepointAsC = ({ name, params }: TracepointAst): string =>
  `typedef void (*btf_trace_${name.name})(${['void *', ...parameters(params)].join(', ')});`;

/** What a lab adds to the header of its kernel; `types` are the kernel's and the lab's. */
export function labHeader({ declarations }: LabAst, types: TypeSpace): LabHeader {
  const names = declarations.flatMap((d) => (d.kind === 'struct_type' ? [d.name.name] : []));
  const lines = declarations.flatMap((d) => {
    if (d.kind === 'function') return [functionAsC(d)];
    return d.kind === 'tracepoint' ? [tracepointAsC(d)] : [];
  });
  return {
    types: new Map(
      names.flatMap((name) => {
        const type = types.get(name);
        return type === undefined ? [] : [[name, type] as const];
      }),
    ),
    declarations: lines.length === 0 ? '' : `\n${lines.join('\n')}\n`,
  };
}
