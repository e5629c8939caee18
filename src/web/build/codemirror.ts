// cspell:ignore ursor
import type { Plugin } from 'vite';
import { withoutMethod } from './methods.js';
import { withoutWords } from './words.js';

/** Looks of what our editor has not: panels and what is in them, a selection and cursors that are drawn, marked blanks. */
const LOOKS =
  /^ {4}"[^"\n]*(?:panels|dialog|placeholder|highlight(?:Space|Tab)|trailingSpace|button|textfield|[cC]ursor|blink|selection(?:Handle|Background|Layer)|cm-layer)[^"\n]*": \{(?:[^\n]*\}|[^{}]*^ {4}\}),?\n/gm;

/** Methods that nobody calls, by the packages of their classes. */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  view: [
    'scrollSnapshot',
    'setRoot',
    'setWindow',
    'setTabFocusMode',
    'visualLineSide',
    'static theme',
    'static baseTheme',
    'static findFromDOM',
  ],
  state: ['toJSON', 'static fromJSON', 'wordAt', 'iterLines', 'computeN'],
};

/**
 * The browser's own model of an edited text, which the editor would use in Chromium on Android alone. Without it it does there
 * what it does in every other browser. 2 kB.
 */
const EDIT_CONTEXT = 'window.EditContext && browser.android';

/** Leaves out of the page what it does not use of its editor, whose sources are of a pinned version: 3 kB. */
export const lessOfCodeMirror: Plugin = {
  name: 'less-of-codemirror',
  transform(code, id) {
    const [, name = ''] = /\/@codemirror\/(\w+)\/dist\/index\.js$/.exec(id) ?? [];
    const methods = UNUSED[name];
    if (methods === undefined) return undefined;
    const left = methods.reduce((rest, method) => withoutMethod(rest, method, 4), code);
    if (name === 'view' && !(LOOKS.test(left) && left.includes(EDIT_CONTEXT)))
      throw new Error('the looks of CodeMirror, or its use of an EditContext, are written otherwise');
    return { code: withoutWords(left.replace(LOOKS, '').replace(EDIT_CONTEXT, 'false')), map: null };
  },
};
