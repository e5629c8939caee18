import { OPERATIONS } from '../../isa/table.js';
import { KINDS } from '../../kernel/attach/kinds.js';
import { DECLARATION_WORDS, KEYWORD_TEXTS } from '../../syntax/keywords.generated.js';

const WORD = /[a-z_][a-z0-9_]*/gi;

/** Words in the text of instructions: `atomic_fetch_add`, `bswap16`, `load_acquire`. */
function instructionWords(): Set<string> {
  const texts = OPERATIONS.flatMap((op) => [op.text, op.name]);
  return new Set(texts.flatMap((text) => text.match(WORD) ?? []).filter((word) => word.length > 2));
}

const WORDS: ReadonlySet<string> = new Set([...DECLARATION_WORDS, ...KEYWORD_TEXTS, ...instructionWords()]);
const ATTACH_KINDS = new Set<string>(Object.keys(KINDS));

function wordLook(text: string): Look | undefined {
  if (/^[rw](?:\d|1[01])$/i.test(text)) return 'register';
  if (/^[us](?:8|16|32|64)$/.test(text)) return 'type';
  return WORDS.has(text) ? 'keyword' : undefined;
}

/** How a part of a lab is painted. */
export type Look = 'comment' | 'string' | 'number' | 'name' | 'register' | 'type' | 'keyword';

/** What a text can go on with, the first that fits; a function that finds no look has not fitted. */
const RULES: readonly (readonly [RegExp, Look | ((found: RegExpExecArray) => Look | undefined)])[] = [
  [/(?:\/\/|#).*/y, 'comment'],
  [/"(?:[^"\\]|\\.)*"?/y, 'string'],
  [/(?:0x[\da-f]+|0b[01]+|\d+)\b/iy, 'number'],
  [
    /([a-z_.]+)\/[\w.$-]+/y,
    ([, kind = '']) => (ATTACH_KINDS.has(kind.replace(/\.s$/, '')) ? 'name' : undefined),
  ],
  [/[A-Za-z_.$][\w.$]*(?=:(?!\s*(?![rw]\d)\w+\s*[{=/]))/y, 'name'],
  [/[A-Za-z_.$][\w.$]*/y, ([text]) => wordLook(text)],
];
/** What is not painted: a word, or a character. */
const PLAIN = /[A-Za-z_.$][\w.$]*|./suy;

/** Longer lines are painted so far: nobody writes them, and each key would take as long as they are. */
const MOST_COLUMNS = 5000;

/**
 * Goes through a line and tells what is painted how; whether the next line begins within a comment. The parser is the
 * judge of what is right; this only paints.
 */
export function paintLine(
  whole: string,
  isInComment: boolean,
  paint: (from: number, to: number, look: Look) => void,
): boolean {
  const line = whole.slice(0, MOST_COLUMNS);
  let at = 0;
  if (isInComment) {
    const end = line.indexOf('*/');
    at = end < 0 ? line.length : end + 2;
    paint(0, at, 'comment');
    if (end < 0) return true;
  }
  const fits = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(line);
  };
  while (at < line.length) {
    if (line.startsWith('/*', at)) {
      const end = line.indexOf('*/', at + 2);
      paint(at, end < 0 ? line.length : end + 2, 'comment');
      if (end < 0) return true;
      at = end + 2;
      continue;
    }
    let length = 0;
    for (const [pattern, look] of RULES) {
      const found = fits(pattern);
      const painted = found !== null && typeof look === 'function' ? look(found) : look;
      if (found === null || typeof painted !== 'string') continue;
      length = found[0].length;
      paint(at, at + length, painted);
      break;
    }
    at += length || fits(PLAIN)![0].length;
  }
  return false;
}
