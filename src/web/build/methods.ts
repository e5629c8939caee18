import type { Plugin } from 'vite';

/** Methods that nothing in the page calls, by the modules of their classes: what is only done by hand, or compiled elsewhere. */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  'explore/state/store': ['bootWord'],
  'lab/environment': ['guardSource'],
  'machine/memory': ['isSettled'],
  'machine/wasm/code': ['brTable', 'catchAll'],
  'machine/wasm/engine': ['moduleAt'],
  'machine/wasm/module': ['importFunction', 'importThing'],
  'step/debugger': ['addBreakpoint', 'removeBreakpoints'],
  'step/session': ['get interventions', 'intervene'],
  'step/snapshots': ['forgetAfter'],
};

/**
 * Code without the methods of a name, in each of its classes, whose members are so many blanks in. Throws where there is none: it has
 * another name now, or is gone.
 */
export function withoutMethod(code: string, name: string, blanks: number): string {
  const method = `^ {${blanks}}${name}\\([^)]*\\)[^\\n]*\\{\\n[\\s\\S]*?\\n {${blanks}}\\}\\n`;
  const left = code.replaceAll(new RegExp(method, 'gm'), '');
  if (left === code) throw new Error(`there is no method ${name}`);
  return left;
}

/** Leaves them out: nothing else can tell that nobody calls a method. 1 kB. */
export const lessOfMethods: Plugin = {
  name: 'less-of-methods',
  apply: 'build',
  enforce: 'pre',
  transform(code, id) {
    const [, path = ''] = /\/src\/([\w/-]+)\.ts$/.exec(id) ?? [];
    const methods = UNUSED[path];
    return methods && { code: methods.reduce((rest, name) => withoutMethod(rest, name, 2), code), map: null };
  },
};
