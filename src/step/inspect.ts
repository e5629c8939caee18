import { evaluateCondition } from '../lab/expect.js';
import type { Arguments } from './arguments.js';
import type { Debugger } from './debugger.js';
import { describeValue } from './describe-value.js';
import { framesOf, placeAt } from './listed-instruction.js';
import { examine, examineCode, readFormat } from './memory.js';
import { lines, type Reply } from './reply.js';
import { readAddress, readCondition, readPlace, readRegister } from './targets.js';
import { listingAround } from './view.js';

export function examining(d: Debugger, args: Arguments): Reply {
  const { session } = d;
  const [first] = args.words;
  const hasFormat = first?.text.startsWith('/') === true;
  const format = readFormat(args, hasFormat ? first : undefined);
  const where = hasFormat ? args.from(1) : args;
  const address = readAddress(session, where);
  if (address === undefined) {
    const expected = '0x…, a register, the name of a global, a map or a function, `active of PROGRAM`';
    throw where.wrong(where.words[0], 'an address is missing here', { expected });
  }
  if (format.letter === 'i') {
    const places = examineCode(session.kernel, address, format.count);
    if (places !== undefined) return { kind: 'listing', places, here: session.thread?.pc };
  } else {
    const shown = examine(session.kernel, address, format);
    if (shown !== undefined) return lines(...shown);
  }
  const what = format.letter === 'i' ? 'code' : 'memory';
  throw where.wrong(where.words[0], `there is no ${what} at 0x${address.toString(16)}`);
}

export function print(d: Debugger, args: Arguments): Reply {
  const { kernel } = d.session;
  const register = args.words.length === 1 ? readRegister(d.session, args.text) : undefined;
  if (register !== undefined) {
    const what = describeValue(kernel, register);
    return lines(
      `${args.text} = ${BigInt.asIntN(64, register)} (0x${register.toString(16)}${what ? `, ${what}` : ''})`,
    );
  }
  const value = evaluateCondition(kernel, readCondition(kernel, args));
  if (value === 'absent') return lines(`${args.text} is absent`);
  const hex = value.number < 0n ? '' : ` (0x${value.number.toString(16)})`;
  return lines(`${args.text} = ${value.number}${hex}`);
}

export function list(d: Debugger, args: Arguments): Reply {
  const { kernel, thread } = d.session;
  const here = thread?.pc;
  if (args.words.length === 0) {
    if (here === undefined) throw args.wrong(undefined, 'nothing runs: name a function');
    return { kind: 'listing', places: listingAround(kernel, here, 8, 12), here };
  }
  const { fn, offset } = readPlace(kernel, args);
  const found = kernel.functionNamed(fn)!;
  const length = found.end - found.start;
  return { kind: 'listing', places: listingAround(kernel, found.start + offset, 0, length), here };
}

export function backtrace(d: Debugger, args: Arguments): Reply {
  args.atMost(0);
  const { kernel, thread } = d.session;
  const frames = thread === undefined ? [] : framesOf(kernel, thread);
  const places = frames.map((f) => placeAt(kernel, f.slot)).filter((p) => p !== undefined);
  return { kind: 'backtrace', frames: places };
}
