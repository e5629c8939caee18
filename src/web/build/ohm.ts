// cspell:ignore Ltmo pexprs kleene Dont
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { withoutMethod } from './methods.js';
import { withoutWords } from './words.js';

/** A check of a grammar that has passed it when it was built. */
const passed = (check: string): string =>
  `import { PExpr } from './pexprs-main.js'; PExpr.prototype.${check} = () => {};`;

/** What is thrown at a grammar, or at whoever uses one wrongly: without the words for it. */
const errors = (...names: readonly string[]): string =>
  `const error = () => new Error('a grammar is wrong'); export { ${names.map((name) => `error as ${name}`).join(', ')} };`;

/**
 * Parts of ohm that nothing reaches where grammars come as recipes and trees are read by `src/syntax/tree.ts`: 7 kB.
 * Whatever reached one after all would find that it is not there, in every test of the page and of the built command line.
 */
const UNUSED: Readonly<Record<string, string>> = {
  // Of a built-in rule that our grammars do not apply.
  'CaseInsensitiveTerminal.js': `import { PExpr } from './pexprs-main.js';
    export class CaseInsensitiveTerminal extends PExpr {}`,
  'Semantics.js': 'export class Semantics {}',
  'Trace.js': 'export class Trace {}',
  'errors.js': errors(
    'cannotExtendUndeclaredRule',
    'cannotOverrideUndeclaredRule',
    'duplicateParameterNames',
    'duplicateRuleDeclaration',
    'grammarDoesNotSupportIncrementalParsing',
    'intervalSourcesDontMatch',
    'kleeneExprHasNullableOperand',
    'throwErrors',
    'undeclaredRule',
    'wrongNumberOfParameters',
  ),
  'pexprs-assertAllApplicationsAreValid.js': passed('assertAllApplicationsAreValid'),
  'pexprs-assertChoicesHaveUniformArity.js': passed('assertChoicesHaveUniformArity'),
  'pexprs-assertIteratedExprsAreNotNullable.js': passed('assertIteratedExprsAreNotNullable'),
  'pexprs-isNullable.js': '',
  'pexprs-outputRecipe.js': '',
  'pexprs-toArgumentNameList.js': '',
  'pexprs-toDisplayString.js': '',
  // It makes thirty regular expressions of Unicode's properties, a 25th of a short command; few characters need any.
  'unicode.js': `const pattern = (ascii, source) => {
      let made;
      return { test: (char) => char < '\\x80' ? ascii.test(char) : (made ??= new RegExp(source, 'u')).test(char) };
    };
    export const UnicodeCategories = {
      Ll: pattern(/[a-z]/, '\\\\p{Ll}'),
      Lu: pattern(/[A-Z]/, '\\\\p{Lu}'),
      Ltmo: pattern(/[]/, '\\\\p{Lt}|\\\\p{Lm}|\\\\p{Lo}'),
    };
    export const UnicodeBinaryProperties = {};`,
  'util.js': `let told = [];
    export const awaitBuiltInRules = (tell) => told.push(tell);
    export const announceBuiltInRules = (rules) => { for (const tell of told) tell(rules); told = null; };
    export const getLineAndColumn = undefined, getLineAndColumnMessage = undefined;
    let last = 0;
    export const uniqueId = (prefix) => prefix + last++;`,
};

/** Methods that nobody calls, by the files of their classes. */
const UNUSED_METHODS: Readonly<Record<string, readonly string[]>> = {
  'Grammar.js': [
    'equals',
    'trace',
    'createSemantics',
    'extendSemantics',
    '_checkTopDownActionDict',
    '_topDownActionArity',
    '_inheritsFrom',
    'toRecipe',
    'toOperationActionDictionaryTemplate',
    'toAttributeActionDictionaryTemplate',
    '_toOperationOrAttributeActionDictionaryTemplate',
    'addSemanticActionTemplate',
  ],
  'Failure.js': ['getPExpr', 'getType', 'isDescription', 'isCode', 'subsumes'],
  'GrammarDecl.js': ['sourceInterval', 'withSource'],
  'InputStream.js': ['sourceSlice'],
  'Interval.js': [
    'coverageWith',
    'collapsedLeft',
    'collapsedRight',
    'getLineAndColumn',
    'getLineAndColumnMessage',
    'minus',
    'relativeTo',
    'trimmed',
    'subInterval',
  ],
  'MatchResult.js': ['toString', 'getExpectedText', 'getInterval'],
  'MatchState.js': ['getMemoizedTraceEntry', 'getTraceEntry', 'getTrace', 'numBindings'],
  'Matcher.js': ['trace'],
  'nodes.js': [
    'indexOfChild',
    'hasChildren',
    'hasNoChildren',
    'onlyChild',
    'firstChild',
    'lastChild',
    'childBefore',
    'childAfter',
    'numChildren',
    'childAt',
    'isLexical',
  ],
};

const fileOfOhm = (id: string): string => /\/ohm-js\/src\/([\w-]+\.js)$/.exec(id)?.[1] ?? '';

/** Where ohm begins for whoever makes grammars of recipes only: without what reads ohm's own language. */
export const OHM = fileURLToPath(new URL('../../../node_modules/ohm-js/src/main-kernel.js', import.meta.url));

/** Leaves out of what is built what it does not use of ohm, whose sources are of a pinned version. */
export const lessOfOhm: Plugin = {
  name: 'less-of-ohm',
  load: (id) => UNUSED[fileOfOhm(id)],
  transform(code, id) {
    // Where ohm's own rules are in their text, which our grammars leave out, too.
    if (id.endsWith('/ohm-js/dist/built-in-rules.js'))
      return {
        code: code.replace(/"sourceInterval":\[\d+,\d+\]|"source":"(?:[^"\\]|\\.)*"/g, ''),
        map: null,
      };
    const file = fileOfOhm(id);
    if (file === '') return undefined;
    const methods = UNUSED_METHODS[file] ?? [];
    const left = methods.reduce((rest, name) => withoutMethod(rest, name, 2), code);
    return { code: withoutWords(left), map: null };
  },
};
