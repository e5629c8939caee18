import { StreamLanguage, type StringStream } from '@codemirror/language';
import { OPERATIONS } from '../../isa/table.js';
import { KINDS } from '../../kernel/attach/kinds.js';
import { DECLARATION_WORDS, KEYWORD_TEXTS } from '../../syntax/keywords.generated.js';

const WORD = /[a-z_][a-z0-9_]*/gi;

/** Words in the text of instructions: `atomic_fetch_add`, `bswap16`, `load_acquire`. */
function instructionWords(): Set<string> {
  const texts = OPERATIONS.flatMap((op) => [op.text, op.name]);
  return new Set(texts.flatMap((text) => text.match(WORD) ?? []).filter((word) => word.length > 2));
}

const DECLARATIONS: ReadonlySet<string> = new Set(DECLARATION_WORDS);
const KEYWORDS: ReadonlySet<string> = new Set(KEYWORD_TEXTS);
const INSTRUCTIONS = instructionWords();
const ATTACH_KINDS = new Set<string>(Object.keys(KINDS));

interface State {
  inComment: boolean;
}

function word(text: string): string {
  if (/^[rw](?:\d|1[01])$/i.test(text)) return 'variableName.special';
  if (/^[us](?:8|16|32|64)$/.test(text)) return 'typeName';
  if (DECLARATIONS.has(text)) return 'definitionKeyword';
  if (KEYWORDS.has(text)) return 'keyword';
  if (INSTRUCTIONS.has(text)) return 'operatorKeyword';
  return 'variableName';
}

function matched(stream: StringStream, pattern: RegExp, consume: boolean): RegExpMatchArray | undefined {
  const found = stream.match(pattern, consume);
  return typeof found === 'boolean' || found === null ? undefined : found;
}

function token(stream: StringStream, state: State): string | null {
  if (state.inComment) {
    if (stream.skipTo('*/')) {
      stream.match('*/');
      state.inComment = false;
    } else stream.skipToEnd();
    return 'comment';
  }
  if (stream.eatSpace()) return null;
  if (stream.match('//') || stream.match('#')) {
    stream.skipToEnd();
    return 'comment';
  }
  if (stream.match('/*')) {
    state.inComment = true;
    return 'comment';
  }
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string';
  if (stream.match(/^(?:0x[\da-f]+|0b[01]+|\d+)\b/i)) return 'number';
  const attach = matched(stream, /^([a-z_.]+)\/[\w.$-]+/, false);
  if (attach !== undefined && ATTACH_KINDS.has(attach[1]!.replace(/\.s$/, ''))) {
    stream.pos += attach[0].length;
    return 'attributeName';
  }
  if (stream.match(/^[A-Za-z_.$][\w.$]*(?=:(?!\s*\w+\s*[{=/]))/)) return 'labelName';
  const name = matched(stream, /^[A-Za-z_.$][\w.$]*/, true);
  if (name !== undefined) return word(name[0]);
  if (stream.match(/^(?:s?[<>]?[<>]=?|[-+*/%&|^!=]=?)/)) return 'operator';
  stream.next();
  return null;
}

/** Colours for labs. The parser is the judge of what is right; this only paints. */
export const labLanguage = StreamLanguage.define<State>({
  name: 'tinybpf',
  startState: () => ({ inComment: false }),
  token,
  languageData: { commentTokens: { line: '//', block: { open: '/*', close: '*/' } } },
});
