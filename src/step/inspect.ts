import { evaluateCondition } from '../lab/expect.js';
import type { Arguments } from './arguments.js';
import type { Debugger } from './debugger.js';
import { describeValue } from './describe-value.js';
import { framesOf, placeAt } from './listed-instruction.js';
import { examine, examineCode } from './memory.js';
import { lines, type Reply } from './reply.js';
import { readExamined, readPlace, readPrinted } from './targets.js';
import { listingAround } from './view.js';

export function examining(d: Debugger, args: Arguments): Reply {
  const { session } = d;
  const { format, address, at } = readExamined(session, args);
  if (format.letter === 'i') {
    const places = examineCode(session.kernel, address, format.count);
    if (places !== undefined) return { kind: 'listing', places, here: session.thread?.pc };
  } else {
    const shown = examine(session.kernel, address, format);
    if (shown !== undefined) return lines(...shown);
  }
  const what = format.letter === 'i' ? 'code' : 'memory';
  throw args.wrong(at, `there is no ${what} at 0x${address.toString(16)}`);
}

export function print(d: Debugger, args: Arguments): Reply {
  const { kernel } = d.session;
  const printed = readPrinted(d.session, args);
  if (typeof printed === 'bigint') {
    const what = describeValue(kernel, printed);
    return lines(
      `${args.text} = ${BigInt.asIntN(64, printed)} (0x${printed.toString(16)}${what ? `, ${what}` : ''})`,
    );
  }
  const value = evaluateCondition(kernel, printed);
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
