import { evaluateConstant } from '../../isa/lower/context.js';
import { KIND, toAddress } from '../../machine/memory.js';
import { resolveTarget, type TargetStruct, type TargetType } from '../../object/core/target.js';
import type { TypeSpace } from '../../object/core/type-space.js';
import type { StructAst } from '../../syntax/lab-ast.js';
import type { Findings } from '../../text/findings.js';
import { didYouMean } from '../../text/nearest.js';
import { formatRange } from '../../text/range.js';
import type { Global, Kernel } from '../kernel.js';
import { type BootContext, reserve } from './context.js';

/** Bytes an instance can have. */
const LARGEST = 1 << 20;

/** An instance that a lab makes, and its type. */
export interface Instance {
  readonly ast: StructAst;
  readonly type: TargetStruct;
}

/** What can be read and written of a type by itself: numbers, and arrays of them. */
function variablesOf(types: TypeSpace, name: string, at: number, type: TargetType): Global[] {
  const known = resolveTarget(types, type);
  switch (known?.kind) {
    case 'int':
    case 'enum':
      return [
        {
          name,
          at,
          bits: (8 * known.size) as Global['bits'],
          signed: known.signed,
          count: 1,
          isArray: false,
        },
      ];
    case 'pointer':
      return [{ name, at, bits: 64, signed: false, count: 1, isArray: false }];
    case 'array': {
      const [one] = variablesOf(types, name, at, known.of);
      const isPlain = one !== undefined && one.name === name && !one.isArray;
      return isPlain ? [{ ...one, count: known.count, isArray: true }] : [];
    }
    case 'struct':
    case 'union':
      return known.fields.flatMap((f) => {
        const inner = f.name === '' ? name : `${name}.${f.name}`;
        if (f.bits === undefined) return variablesOf(types, inner, at + f.offset, f.type);
        const [one] = variablesOf(types, inner, at + f.offset, f.type);
        const bits = ([8, 16, 32, 64] as const).find((b) => b >= f.bits!.first + f.bits!.width);
        return one === undefined || bits === undefined ? [] : [{ ...one, bits, field: f.bits }];
      });
    default:
      return [];
  }
}

/**
 * The instances of a lab whose types are known, of which objects that were read may be the only ones to know them. Types
 * grow by the fields that are named here and that only an object has.
 */
export function planInstances(
  structs: readonly StructAst[],
  types: TypeSpace,
  findings: Findings,
): readonly Instance[] {
  for (const { type, fields } of structs)
    for (const { name } of fields) types.structWith(type.name, name.name.split('.')[0]);
  return structs.flatMap((ast) => {
    const { name, span } = ast.type;
    const type = types.structWith(name);
    if (type !== undefined && type.size <= LARGEST) return [{ ast, type }];
    const message =
      type === undefined ? `there is no \`struct ${name}\`` : `\`struct ${name}\` has ${type.size} bytes`;
    const help =
      type === undefined
        ? (didYouMean(name, types.structs) ?? `declare it as C does: \`struct ${name} { int first; … }\``)
        : `at most ${LARGEST}`;
    findings.error('B0407', message, { span, help });
    findings.doubt(ast.name.name);
    return [];
  });
}

/** Bytes of instances, for sizing the machine. */
export const instanceBytes = (instances: readonly Instance[]): number =>
  instances.reduce((n, { type }) => n + type.size + 128, 0);

/** Makes instances, whose fields a scenario can read and write as variables, and gives them addresses. */
export function createInstances(cx: BootContext, kernel: Kernel, instances: readonly Instance[]): void {
  for (const { ast, type } of instances) {
    const { name } = ast.name;
    const region = reserve(kernel.memory, `struct ${ast.type.name} ${name}`, 'global', type.size, {
      describe: () => ({ name: `struct ${ast.type.name} ${name}`, start: 0, end: type.size }),
    });
    kernel.memory.unpoison(region.start, type.size, KIND.object);
    const address = toAddress(region.start);
    kernel.symbols.define(cx.symbolOf('variable', name), { kind: 'address', address }, 'public');
    kernel.structs.set(name, address);
    for (const variable of variablesOf(kernel.types, name, region.start, type))
      if (!kernel.globals.has(variable.name)) kernel.globals.set(variable.name, variable);
  }
}

/** Gives fields what a lab says; a name is the address of another structure or of a variable. */
export function fillInstances(cx: BootContext, kernel: Kernel, instances: readonly Instance[]): void {
  const globals = [...kernel.globals.values()].map((g) => [g.name, toAddress(g.at)] as const);
  const addresses = new Map([...cx.constants, ...globals, ...kernel.structs]);
  const fieldsOf = (owner: string): string[] =>
    [...kernel.globals.keys()].filter((n) => n.startsWith(`${owner}.`)).map((n) => n.slice(owner.length + 1));
  for (const { ast } of instances) {
    for (const { name, index, value } of ast.fields) {
      const variable = kernel.globals.get(`${ast.name.name}.${name.name}`);
      if (variable === undefined) {
        cx.findings.error('B0407', `\`struct ${ast.type.name}\` has no field \`${name.name}\``, {
          span: name.span,
          help: didYouMean(name.name, fieldsOf(ast.name.name)),
        });
        continue;
      }
      if (value.kind === 'text') {
        const bytes = new TextEncoder().encode(value.text);
        // As in C, the byte 0 at the end may be left out where there is no room for it.
        if (variable.bits === 8 && bytes.length <= variable.count) kernel.memory.u8.set(bytes, variable.at);
        else
          cx.findings.error('B0406', `a text of ${bytes.length} bytes does not fit into \`${name.name}\``, {
            span: value.span,
          });
        continue;
      }
      const at = index === undefined ? 0n : cx.evaluate(index);
      const number = evaluateConstant(value, addresses, cx.findings);
      if (at === undefined || number === undefined) continue;
      if (at < 0n || at >= BigInt(variable.count)) {
        const expected =
          variable.count === 0 ? 'no index: it has no elements' : formatRange(0, variable.count - 1);
        cx.findings.error('B0405', `${at} is not an index of \`${name.name}\``, {
          span: index?.span ?? name.span,
          expected,
        });
        continue;
      }
      const width = BigInt(variable.field?.width ?? variable.bits);
      if (number < -(1n << (width - 1n)) || number >= 1n << width) {
        cx.findings.error('B0406', `${number} does not fit into ${width} bits`, {
          span: value.span,
          expected: formatRange(-(1n << (width - 1n)), (1n << width) - 1n),
        });
        continue;
      }
      kernel.writeGlobal(variable, Number(at), number);
    }
  }
}
