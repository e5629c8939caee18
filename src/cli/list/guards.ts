import type { Row } from '../../report/table.js';
import type { CliContext } from '../context.js';
import { sourcesIn } from '../programs.js';

/** The first sentence of the comment that a file begins with, without the file's name. */
export function firstSentence(text: string): string {
  const comment = /^(?:\/\/.*\n)+/.exec(text)?.[0] ?? '';
  const plain = comment
    .replace(/^\/\/ ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return /^.*?\.(?= |$)/.exec(plain.replace(/^[\w-]+: /, ''))?.[0] ?? plain;
}

/** The guards that come with the program, or those that the caller has brought. */
export function guards(cx: CliContext): Row[] {
  const brought = cx.host.environment;
  const sources = brought === undefined ? sourcesIn('guards') : undefined;
  const names = brought?.guardNames ?? [...sources!.keys()].sort();
  const textOf = (name: string): string => (brought?.guardSource(name) ?? sources?.get(name))?.text ?? '';
  return names.map((name) => ({ name, what: firstSentence(textOf(name)) }));
}
