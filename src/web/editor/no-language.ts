/**
 * Stands for `@codemirror/language` and `@lezer/common` in the page's files (see vite.config.ts), where labs are painted by `paint.ts`: what
 * the commands in `keys.ts` ask of it. The others that ask for more are left out, and would say so.
 */
import { type EditorState, Facet } from '@codemirror/state';

const UNIT = '    ';

export const indentUnit = Facet.define<string, string>({ combine: ([first = UNIT]) => first });
export const getIndentUnit = (): number => UNIT.length;
export const indentString = (_: EditorState, columns: number): string => ' '.repeat(columns);

function none(): never {
  throw new Error('labs have no syntax tree of CodeMirror');
}

export {
  none as getIndentation,
  none as IndentContext,
  none as matchBrackets,
  none as NodeProp,
  none as syntaxTree,
};
