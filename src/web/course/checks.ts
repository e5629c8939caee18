import { PROPERTY_NAMES, type Property } from '../../lab/properties.js';
import { INTERRUPT_LEVELS, type InterruptLevel } from '../../syntax/lab-ast.js';

/** What an answer is checked by. */
export type Check =
  /** What is typed, put in the place of `?`, makes a condition hold when the lesson's own lab has run. */
  | { readonly kind: 'number' | 'name'; readonly condition: string }
  /** A condition holds when the reader's lab has run. */
  | { readonly kind: 'run'; readonly condition: string }
  /** Exploring the reader's lab breaks properties, on schedules with an interrupt of a level where one is named. */
  | {
      readonly kind: 'breaks';
      readonly properties: readonly Property[];
      readonly level: InterruptLevel | undefined;
    }
  /** Exploring it to the end keeps properties, which the guard must not have excepted from its promises. */
  | { readonly kind: 'keeps'; readonly properties: readonly Property[] };

export type CheckKind = Check['kind'];

/** What is wrong with how a check is written. */
export interface BadCheck {
  readonly message: string;
  readonly expected: string;
}

interface CheckRow {
  readonly usage: string;
  /** Whether the answer is typed, rather than done to the lab. */
  readonly isTyped: boolean;
  readonly read: (rest: string) => Check | BadCheck;
}

const bad = (message: string, expected: string): BadCheck => ({ message, expected });

const typed =
  (kind: 'number' | 'name') =>
  (condition: string): Check | BadCheck =>
    condition.split('?').length === 2
      ? { kind, condition }
      : bad('what is typed has no place in the condition, or several', 'one `?` in it');

const isProperty = (name: string): name is Property => (PROPERTY_NAMES as readonly string[]).includes(name);
const isLevel = (name: string): name is InterruptLevel =>
  (INTERRUPT_LEVELS as readonly string[]).includes(name);

function propertiesOf(text: string): readonly Property[] | BadCheck {
  const names = text.split(',').map((name) => name.trim());
  const properties = names.filter(isProperty);
  const unknown = names.find((name) => !isProperty(name));
  return unknown === undefined
    ? properties
    : bad(`there is no property \`${unknown}\``, PROPERTY_NAMES.join(', '));
}

function breaks(rest: string): Check | BadCheck {
  const [, names = '', level] = /^(.*?)(?:\s+with\s+(\S+))?$/.exec(rest) ?? [];
  if (level !== undefined && !isLevel(level))
    return bad(`there is no interrupt level \`${level}\``, INTERRUPT_LEVELS.join(', '));
  const properties = propertiesOf(names);
  return 'message' in properties ? properties : { kind: 'breaks', properties, level };
}

function keeps(rest: string): Check | BadCheck {
  const properties = rest === 'all' ? PROPERTY_NAMES : propertiesOf(rest);
  return 'message' in properties ? properties : { kind: 'keeps', properties };
}

export const CHECKS: Readonly<Record<CheckKind, CheckRow>> = {
  number: { usage: 'number CONDITION with one ?', isTyped: true, read: typed('number') },
  name: { usage: 'name CONDITION with one ?', isTyped: true, read: typed('name') },
  run: { usage: 'run CONDITION', isTyped: false, read: (condition) => ({ kind: 'run', condition }) },
  breaks: { usage: 'breaks PROPERTY, … [with LEVEL]', isTyped: false, read: breaks },
  keeps: { usage: 'keeps all, or keeps PROPERTY, …', isTyped: false, read: keeps },
};

const isKind = (word: string): word is CheckKind => Object.hasOwn(CHECKS, word);

/** Reads what comes after `check:`. */
export function readCheck(text: string): Check | BadCheck {
  const [, word = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(text.trim()) ?? [];
  const usages = Object.values(CHECKS).map(({ usage }) => `\`${usage}\``);
  if (!isKind(word)) return bad(`there is no check \`${word}\``, usages.join(', '));
  if (rest === '') return bad(`\`${word}\` does not say what is checked`, `\`${CHECKS[word].usage}\``);
  return CHECKS[word].read(rest);
}
