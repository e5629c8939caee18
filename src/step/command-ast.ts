import grammar, { type CommandActionDict } from '#grammar/command.ohm-bundle.js';
import type { LabActionDict } from '#grammar/tinybpf.ohm-bundle.js';
import { toName, toNumber } from '../syntax/expressions.js';
import type { ActionAst, ConditionAst, InterruptLevel, Name, PlaceAst } from '../syntax/lab-ast.js';
import type { Node } from '../syntax/node.js';
import { parsePart } from '../syntax/parse-command.js';
import type { Language } from '../syntax/reading.js';
import { ACTIONS, CONDITION, PLACE } from '../syntax/scenarios.js';
import { only, read, spanOf } from '../syntax/tree.js';
import { type Arguments, valueOrThrow, type Word } from './arguments.js';

/** What comes after `break` and `list`, as it is written. */
export type WhereAst =
  | { readonly kind: 'place'; readonly place: PlaceAst }
  | { readonly kind: 'line'; readonly file: string | undefined; readonly line: number; readonly text: string }
  | { readonly kind: 'context'; readonly level: InterruptLevel | 'task' }
  | { readonly kind: 'refused'; readonly program: Name | undefined };

/** `active of PROGRAM [on cpu N]`. */
export interface ActiveAst {
  readonly kind: 'active';
  readonly program: Word | undefined;
  readonly cpu: Word | undefined;
}

/** An address: a number, a register or a name, and what is added to it. */
export interface SumAst {
  readonly kind: 'sum';
  readonly base: Word;
  readonly added: bigint;
}

/** What comes after `watch`. */
export type WatchAst =
  | ActiveAst
  | { readonly kind: 'memory'; readonly address: SumAst; readonly size: number }
  | { readonly kind: 'condition'; readonly condition: ConditionAst };

/** What comes after `x`. */
export interface ExamineAst {
  readonly format: Word | undefined;
  readonly address: ActiveAst | SumAst;
}

/** What comes after `print`. */
export type PrintAst =
  | { readonly kind: 'register'; readonly number: number }
  | { readonly kind: 'condition'; readonly condition: ConditionAst };

/** What comes after `raise`. */
export interface RaiseAst {
  readonly interrupt: Word;
  readonly cpu: Word | undefined;
  readonly actions: readonly ActionAst[];
}

const wordOf = (node: Node): Word => ({ text: node.sourceString, start: spanOf(node).start });

const optionalWord = (node: Node): Word | undefined => {
  const one = only(node);
  return one && wordOf(one);
};

/** The number of `on cpu N` or `cpu N`, where it is written. */
const cpuOf = (onCpu: Node): Word | undefined => {
  const one = only(onCpu);
  return one && wordOf(one.children[1]!);
};

const WHERE: CommandActionDict<WhereAst> = {
  Where_line(line) {
    const text = line.sourceString;
    const colon = text.lastIndexOf(':');
    const file = colon < 0 ? undefined : text.slice(0, colon);
    return { kind: 'line', file, line: Number(text.slice(colon + 1)), text };
  },
  Where_context(level, _end) {
    return { kind: 'context', level: level.sourceString as InterruptLevel | 'task' };
  },
  Where_refused(_refused, whom, _end) {
    const program = only(whom);
    return { kind: 'refused', program: program && toName(program) };
  },
  Where_place(place) {
    return { kind: 'place', place: read(PLACE, place) };
  },
};

const ADDRESS: CommandActionDict<ActiveAst | SumAst> = {
  Active(_active, _of, whom, _on, onCpu) {
    return { kind: 'active', program: optionalWord(whom), cpu: cpuOf(onCpu) };
  },
  Sum(base, signs, amounts) {
    const added = amounts.children.reduce((sum, amount, i) => {
      const number = toNumber(amount.sourceString);
      return signs.children[i]!.sourceString === '-' ? sum - number : sum + number;
    }, 0n);
    return { kind: 'sum', base: wordOf(base), added };
  },
  Location_sum(_ahead, sum) {
    return read(ADDRESS, sum);
  },
  Location_number(number) {
    return { kind: 'sum', base: wordOf(number), added: 0n };
  },
};

/** Bytes that are watched where no number of them is given. */
const WATCHED_BYTES = 8;

const memory = (address: Node, size: number): WatchAst => ({
  kind: 'memory',
  address: read(ADDRESS, address) as SumAst,
  size,
});

const WATCH: CommandActionDict<WatchAst> = {
  Watch_active(active, _end) {
    return read(ADDRESS, active) as ActiveAst;
  },
  Watch_sized(sum, _slash, bytes, _end) {
    return memory(sum, Number(bytes.sourceString));
  },
  Watch_memory(address, _end) {
    return memory(address, WATCHED_BYTES);
  },
  Watch_condition(condition) {
    return { kind: 'condition', condition: read(CONDITION, condition) };
  },
};

const EXAMINE: CommandActionDict<ExamineAst> = {
  Examine(format, address, _end) {
    return { format: optionalWord(format), address: read(ADDRESS, address) };
  },
};

const PRINT: CommandActionDict<PrintAst> = {
  Print_register(name, _end) {
    return { kind: 'register', number: Number(name.sourceString.replace(/^\$?r/, '')) };
  },
  Print_condition(condition) {
    return { kind: 'condition', condition: read(CONDITION, condition) };
  },
};

const RAISE: CommandActionDict<RaiseAst> = {
  Raise(interrupt, onCpu, actions, _end) {
    const some = only(actions);
    return {
      interrupt: wordOf(interrupt),
      cpu: cpuOf(onCpu),
      actions: some === undefined ? [] : read(ACTIONS, some),
    };
  },
};

const LANGUAGE: Language = { code: 'B0806', explain: () => undefined };

/** Reads what comes after a command as it is written. Throws `InputError`. */
function reader<T>(rule: string, actions: LabActionDict<T>, language?: Language): (args: Arguments) => T {
  const part = { rule, actions, grammar, ...(language && { language }) };
  return (args) => valueOrThrow(parsePart(args.source, args.start, part));
}

export const parseWhere: (args: Arguments) => WhereAst = reader('Where', WHERE, LANGUAGE);
export const parsePlace: (args: Arguments) => PlaceAst = reader('Place', PLACE, LANGUAGE);
export const parseExamine: (args: Arguments) => ExamineAst = reader('Examine', EXAMINE, LANGUAGE);
/** Conditions and actions are a scenario's, and so is what is said of those that are wrong. */
export const parseCondition: (args: Arguments) => ConditionAst = reader('Condition', CONDITION);
export const parseWatch: (args: Arguments) => WatchAst = reader('Watch', WATCH);
export const parsePrint: (args: Arguments) => PrintAst = reader('Print', PRINT);
export const parseRaise: (args: Arguments) => RaiseAst = reader('Raise', RAISE);
