import type { Plugin } from 'vite';

/**
 * string-width makes a segmenter and tables of characters when it is loaded: a third of a short command, and twice 20 ms of the
 * page's start, in the page and in its worker. Few texts need them: what is printable ASCII is as wide as it is long.
 */
export const lazyStringWidth: Plugin = {
  name: 'lazy-string-width',
  transform(code, id) {
    if (!id.includes('/string-width/') || !code.includes('Segmenter')) return undefined;
    const [, imports, body] = /^((?:import [^\n]*\n)+)(.*)$/s.exec(code) ?? [];
    const head = 'export default function stringWidth(';
    if (imports === undefined || body?.split(/^export /m).length !== 2 || !body.includes(head))
      throw new Error(`${id} is made in another way than it was`);
    const inner = body.replace(head, 'function stringWidth(');
    const lazy = `let made;
const make = () => {
${inner}
return stringWidth;
};
export default (text, options) =>
  /^[ -~]*$/.test(text) ? text.length : (made ??= make())(text, options);`;
    return { code: imports + lazy, map: null };
  },
};
