import type { Code } from '../text/codes.js';
import { REGISTERS } from './instead.js';
import { firstWords, isOfAction, isOfLine } from './reserved.js';
import { labGrammar } from './tree.js';

/** A slip recognised in a statement that does not match: what to say of it. `whole` underlines all of the statement. */
export interface Slip {
  readonly code: Code;
  readonly message: string;
  readonly help: string;
  readonly whole?: boolean;
}

/** `mov r1, 5`, `ldxw %r1, [%r2+4]`, `jeq r1, 5, out`: another dialect. The same line in this one is added later. */
function mnemonicSyntax(text: string): Slip | undefined {
  const looksSo =
    /^[a-z]\w*(?:\s+[a-z]\w*)*\s+(?:%?r\d+|\[%?r\d+[^\]]*\])\s*,/.test(text) || /%r\d/.test(text);
  if (!looksSo) return undefined;
  const quoted = text.length > 60 ? 'this' : `\`${text}\``;
  return {
    code: 'B0110',
    message: `${quoted} is the mnemonic dialect`,
    help: '`tinybpf asm --dialect mnemonic` reads it',
    whole: true,
  };
}

function noSuchRegister(text: string): Slip | undefined {
  const m = /(?<![\w.$])([rRwW])(\d+)(?![\w.$])/g;
  for (const found of text.matchAll(m)) {
    if (Number(found[2]) > 11) {
      return {
        code: 'B0111',
        message: `there is no register \`${found[0]}\``,
        help: REGISTERS,
      };
    }
  }
  if (/(?<![\w.$])fp(?![\w.$])/.test(text)) {
    return { code: 'B0111', message: 'there is no register `fp`', help: 'the frame pointer is r10' };
  }
  return undefined;
}

const SIZES = ['u8', 'u16', 'u32', 'u64', 's8', 's16', 's32'];

/** Words that are nearly those of the language: capitals, a missing space, a size or width that does not exist. */
function nearlyRight(text: string): Slip | undefined {
  const first = /^\w+/.exec(text)?.[0];
  const isKeyword = first !== undefined && firstWords().has(first.toLowerCase());
  const words = [isKeyword ? first : undefined, /\s(goto)\s/i.exec(text)?.[1]];
  const word = words.find((w) => w !== undefined && w !== w.toLowerCase());
  if (word !== undefined) {
    return {
      code: 'B0112',
      message: `\`${word}\` is written in lower case`,
      help: `write \`${word.toLowerCase()}\``,
      whole: true,
    };
  }
  const glued = /^(?:if\s+)?([rw]\d+)(s(?:>>=|\/=|%=|>=?|<=?))/.exec(text);
  if (glued !== null) {
    return {
      code: 'B0112',
      message: `there must be a space between \`${glued[1]}\` and \`${glued[2]}\``,
      help: `write \`${glued[1]} ${glued[2]}\``,
    };
  }
  const size = /(?<!&\s*)\(\s*(\w+(?:\s+\w+)*)\s*\*\s*\)/.exec(text)?.[1];
  if (size !== undefined && !SIZES.includes(size) && !size.startsWith('void')) {
    return {
      code: 'B0112',
      message: `\`${size}\` is not an access size`,
      help: `write u8, u16, u32 or u64; a load of s8, s16 or s32 is sign-extended`,
    };
  }
  const swap = /=\s*((?:be|le|bswap)(\d+))\s*[rw]\d/.exec(text);
  if (swap !== null && !['16', '32', '64'].includes(swap[2]!)) {
    return {
      code: 'B0112',
      message: `there is no byte swap \`${swap[1]}\``,
      help: 'byte swaps have 16, 32 or 64 bits',
    };
  }
  return undefined;
}

/** Slips in a text that is read as the mnemonic dialect. */
export function explainMnemonicSlip(text: string): Slip | undefined {
  const register = noSuchRegister(text);
  if (register !== undefined) return register;
  if (/^[\w.$]+\s*:\s*\S/.test(text)) {
    return {
      code: 'B0112',
      message: 'a label has a line of its own in the mnemonic dialect',
      help: 'put the instruction on the next line',
      whole: true,
    };
  }
  if (/[=<>]|\*\(|\bgoto\b/.test(text)) {
    return {
      code: 'B0112',
      message: 'this looks like LLVM assembly, not the mnemonic dialect',
      help: 'leave out `--dialect mnemonic`, or write `mov %r1, 5`',
      whole: true,
    };
  }
  return undefined;
}

/** Recognises what people write from habit: another dialect's spelling, C, a register that does not exist. */
export function explainSlip(text: string): Slip | undefined {
  const mnemonic = mnemonicSyntax(text);
  if (mnemonic !== undefined) return mnemonic;
  const register = noSuchRegister(text) ?? nearlyRight(text);
  if (register !== undefined) return register;
  if (/^(ret|return)\b/.test(text)) {
    return {
      code: 'B0112',
      message: 'there is no `return`',
      help: 'put the result into r0 and write `exit`',
      whole: true,
    };
  }
  if (/^(jmp|jump|b|br)\s/.test(text)) {
    return { code: 'B0112', message: 'a jump is written `goto`', help: 'write `goto LABEL`', whole: true };
  }
  if (/^if\s*\(/.test(text)) {
    return {
      code: 'B0112',
      message: 'a condition has no parentheses',
      help: 'write `if r1 == 5 goto LABEL`',
    };
  }
  if (/(\+\+|--)\s*$/.test(text)) {
    return { code: 'B0112', message: 'there is no `++` or `--`', help: 'write `r1 += 1` or `r1 += -1`' };
  }
  if (/^(?:[rw]\d+|\*.*\))\s*=\s*[rw]\d+\s*[-+*/%&|^]\s*/.test(text)) {
    return {
      code: 'B0112',
      message: 'an instruction has one operator',
      help: 'write two: `r1 = r2`, then `r1 += r3`',
    };
  }
  if (
    /\*\s*\(?\s*[us](8|16|32|64)\s*\)?\s*\(?\s*[rR]\d/.test(text) &&
    !/\*\s*\(\s*[us]\d+\s*\*\s*\)/.test(text)
  ) {
    return {
      code: 'B0112',
      message: 'a memory access names a pointer type',
      help: 'write `*(u32 *)(r1 + 4)`',
    };
  }
  return undefined;
}

/** Recognises an action among the settings of a scenario. */
export function explainScenarioSlip(text: string): Slip | undefined {
  const [word = ''] = /^\w+/.exec(text) ?? [];
  if (!isOfAction(word)) return explainSlip(text);
  return {
    code: 'B0409',
    message: `\`${word}\` is an action, which a task or an interrupt carries out`,
    help: labGrammar.match(text, 'Actions').succeeded()
      ? `write \`cpu 0 { ${text} }\``
      : 'write it between `cpu 0 {` and `}`',
    whole: true,
  };
}

/** Recognises a line of a scenario among the actions of a task or an interrupt. */
export function explainActionSlip(text: string): Slip | undefined {
  const [word = ''] = /^\w+/.exec(text) ?? [];
  if (!isOfLine(word)) return explainSlip(text);
  return {
    code: 'B0409',
    message: `\`${word}\` is not an action: it belongs in the scenario itself, not in a task or an interrupt`,
    help: 'write it on a line of its own, outside of this block',
    whole: true,
  };
}
