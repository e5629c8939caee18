import { type Details, errorAt } from '../text/diagnostic.js';
import type { Findings } from '../text/findings.js';
import type { Source } from '../text/source.js';
import type { Name, ParamAst } from './lab-ast.js';

/** A function as C declares it, as far as a trampoline has to know it: its name, and what lies in which argument. */
export interface Prototype {
  readonly name: Name;
  readonly params: readonly ParamAst[];
}

const EXAMPLE = 'long do_unlinkat(int dfd, struct filename *name)';
/** A function's name before its parameters; what is before the name is its result. */
const WHOLE = /^\s*((?:[\w*\s]+[\s*])?)(\w+)\s*\(([\s\S]*)\)\s*;?\s*$/;
/** What can be a whole parameter without a name. */
const TYPE_WORD =
  /^(?:const|volatile|unsigned|signed|long|int|short|char|bool|void|struct|union|enum|[us](?:8|16|32|64)|\w+_t)$/;

/** Text between commas that are not in parentheses, with where it begins. */
function parameters(text: string, start: number): { readonly text: string; readonly at: number }[] {
  const out: { text: string; at: number }[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i += 1) {
    const c = text[i];
    if (c === '(') depth += 1;
    if (c === ')') depth -= 1;
    if (i < text.length && (c !== ',' || depth > 0)) continue;
    const part = text.slice(from, i);
    out.push({ text: part.trim(), at: start + from + (part.length - part.trimStart().length) });
    from = i + 1;
  }
  return out;
}

/** Why something is not a parameter that takes one register; undefined for one that does. */
function refuseParameter(text: string): (Details & { readonly message: string }) | undefined {
  if (text === '') return { message: 'a parameter is missing', expected: 'a type and a name' };
  if (text === '...')
    return {
      message: 'a function with a variable number of arguments cannot be traced',
      expected: 'its parameters',
    };
  if (/[*([]/.test(text)) return undefined;
  if (/^(?:const\s+)?(?:struct|union)\b/.test(text))
    return {
      message: `\`${text}\` is passed by value`,
      expected: 'a pointer or an integer',
      help: 'of a structure that is passed by value, write what lies in each register: `u64 a, u64 b`',
    };
  if (!/^[\w\s]+$/.test(text))
    return { message: `\`${text}\` is not a parameter`, expected: 'a type and a name' };
  return undefined;
}

/** The name of a parameter: its last word, or what stands for it in a pointer to a function. */
function parameterName(text: string, index: number): string {
  const pointer = /\(\s*\*\s*(\w+)\s*\)/.exec(text)?.[1];
  const last = /(\w+)\s*(?:\[[^\]]*\]\s*)*$/.exec(text)?.[1];
  const words = text.split(/[\s*]+/).filter((w) => w !== '');
  const isNamed = last !== undefined && !TYPE_WORD.test(last) && (words.length > 1 || text.includes('*'));
  return (
    pointer ??
    (isNamed && !(words.length === 2 && /^(?:struct|union|enum)$/.test(words[0]!)) ? last : `arg${index}`)
  );
}

/** Reads a prototype in C; undefined for anything else, which is reported. */
export function parsePrototype(source: Source, findings: Findings): Prototype | undefined {
  const { text } = source;
  const m = WHOLE.exec(text);
  const refuse = (message: string, start: number, end: number, more: Details): undefined => {
    findings.add(errorAt('B0409', message, { span: { source, start, end }, ...more }));
    return undefined;
  };
  if (m === null)
    return refuse(`\`${text}\` is not a prototype in C`, 0, text.length, {
      expected: `such as \`${EXAMPLE}\``,
    });
  const [, result = '', name = '', inside = ''] = m;
  const at = text.indexOf(name, result.length);
  const open = text.indexOf('(', at) + 1;
  const list = inside.trim() === '' || inside.trim() === 'void' ? [] : parameters(inside, open);
  let isWhole = true;
  const params = list.map((p, i): ParamAst => {
    const refused = refuseParameter(p.text);
    if (refused !== undefined) {
      const { message, ...more } = refused;
      refuse(message, p.at, p.at + p.text.length, more);
      isWhole = false;
    }
    return { type: 'u64', name: parameterName(p.text, i) };
  });
  if (!isWhole) return undefined;
  return { name: { name, span: { source, start: at, end: at + name.length } }, params };
}
