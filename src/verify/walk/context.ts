import { allowsMovedContext, contextAccess, contextBytes } from '../context/context.js';
import { signedRange } from '../range/scalar.js';
import { FLAGS } from '../state/kind.js';
import { ANY, pointer as newPointer, type Register, scalarRegister } from '../state/register.js';
import type { Access } from './access.js';
import { checkPlainPointer } from './plain-pointer.js';
import { NotJudged, refuse } from './refused.js';
import { checkRegion } from './region.js';
import type { Walk } from './walk.js';

/** An access to the context of the program (check_ctx_access). */
export function accessContext(walk: Walk, pointer: Register, access: Access): void {
  const { request } = walk;
  const { size, value, mode, register } = access;
  const bytes = contextBytes(request);
  if (bytes !== undefined) {
    checkRegion(
      pointer,
      { register, offset: access.offset, size, zeroSize: false, by: 'instruction' },
      bytes,
    );
  } else {
    checkPlainPointer(pointer, register, allowsMovedContext(request));
  }
  const offset = access.offset + Number(pointer.scalar.umax);
  const answer = contextAccess(request, {
    offset,
    size,
    isWrite: mode === 'write',
    isSigned: access.signed ?? false,
  });
  if (answer === undefined) throw new NotJudged('a context that is not known');
  if (answer.kind === 'refused') {
    refuse('EACCES', ...answer.lines, `invalid bpf_context access off=${offset} size=${size}`);
  }
  if (mode === 'write' || value === undefined) return;
  if (answer.kind === 'scalar') {
    const { range } = answer;
    walk.set(
      value,
      range === undefined ? ANY : scalarRegister(signedRange(BigInt(range[0]), BigInt(range[1]))),
    );
    return;
  }
  const { type, flags, struct, size: total } = answer;
  const id = (flags & FLAGS.maybeNull) === 0 ? 0 : walk.newId();
  const target = {
    ...(struct === undefined ? {} : { struct: { name: struct, from: 'kernel' as const } }),
    ...(total === undefined ? {} : { size: total }),
    ...(type === 'packet' || type === 'packet_meta' ? { range: 0 } : {}),
  };
  walk.set(value, newPointer(type, { flags, target, id }));
}
