import type { SpecialField } from '../request.js';
import { FLAGS } from '../state/kind.js';
import { ANY, pointer, type Register } from '../state/register.js';
import type { Access } from './access.js';
import { NotJudged } from './refused.js';
import type { Walk } from './walk.js';

export function accessBtf(_walk: Walk, _pointer: Register, _access: Access): void {
  throw new NotJudged('btf');
}
export function accessMapStruct(_walk: Walk, _pointer: Register, _access: Access): void {
  throw new NotJudged('map struct');
}
export function loadMapPointer(
  walk: Walk,
  _tag: (SpecialField & { kind: 'pointer' })['tag'],
  to: string,
  value: number,
): void {
  walk.set(
    value,
    pointer('btf', {
      flags: FLAGS.maybeNull | FLAGS.untrusted,
      target: { struct: { name: to, from: 'kernel' } },
      id: walk.newId(),
    }),
  );
}
export function variableRegister(_walk: Walk, _index: number): Register {
  if (ANY.isScalar) throw new NotJudged('variable');
  return ANY;
}
