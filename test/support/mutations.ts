import type { Random } from '../fuzz/random.js';

/** A text in which one token is wrong. */
export interface Mutation {
  readonly kind: 'delete' | 'duplicate' | 'swap' | 'replace' | 'misspell';
  readonly text: string;
  /** What was changed, for whoever reads a failure. */
  readonly what: string;
  /** The keyword that was misspelt, and how. */
  readonly keyword?: { readonly meant: string; readonly written: string };
}

interface Token {
  readonly text: string;
  readonly at: number;
}

/** Words, numbers, strings and signs; comments are none. */
const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"[^"\n]*"|[A-Za-z_$.][\w$.]*|\d\w*|[^\s\w]/g;

function tokensOf(text: string): Token[] {
  return [...text.matchAll(TOKEN)]
    .filter((m) => !/^\/[/*]/.test(m[0]))
    .map((m) => ({ text: m[0], at: m.index }));
}

/** A word with one letter too many, too few, wrong, or exchanged with the next. */
function misspelt(random: Random, word: string): string {
  const letter = (): string => String.fromCharCode(97 + random.between(0, 25));
  for (;;) {
    const at = random.between(0, word.length - 1);
    const [before, after] = [word.slice(0, at), word.slice(at + 1)];
    const written = random.of([
      before + letter() + word[at] + after,
      before + after,
      before + letter() + after,
      before + after.slice(0, 1) + word[at] + after.slice(1),
    ]);
    if (written !== word && /^[a-z_]\w*$/.test(written)) return written;
  }
}

const replaced = (text: string, at: Token, by: string): string =>
  text.slice(0, at.at) + by + text.slice(at.at + at.text.length);

/** Changes one token of a text; a keyword is misspelt in `percent` of all cases. */
export function mutate(
  random: Random,
  text: string,
  keywords: ReadonlySet<string>,
  percent: number,
): Mutation {
  const tokens = tokensOf(text);
  const words = tokens.filter((t) => keywords.has(t.text));
  if (words.length > 0 && random.chance(percent)) {
    const token = random.of(words);
    const written = misspelt(random, token.text);
    const what = `\`${token.text}\` written \`${written}\``;
    return {
      kind: 'misspell',
      text: replaced(text, token, written),
      what,
      keyword: { meant: token.text, written },
    };
  }
  const i = random.between(0, Math.max(0, tokens.length - 2));
  const [token, next] = [tokens[i]!, tokens[i + 1] ?? tokens[i]!];
  const between = text.slice(token.at + token.text.length, next.at);
  switch (random.of(['delete', 'duplicate', 'swap', 'replace'] as const)) {
    case 'delete':
      return { kind: 'delete', text: replaced(text, token, ''), what: `\`${token.text}\` left out` };
    case 'duplicate': {
      const twice = `${token.text} ${token.text}`;
      return { kind: 'duplicate', text: replaced(text, token, twice), what: `\`${token.text}\` twice` };
    }
    case 'swap': {
      const swapped = replaced(replaced(text, next, token.text), token, next.text);
      return {
        kind: 'swap',
        text: next === token ? text : swapped,
        what: `\`${token.text}${between}${next.text}\` the other way round`,
      };
    }
    case 'replace': {
      const other = random.of(tokens).text;
      return {
        kind: 'replace',
        text: replaced(text, token, other),
        what: `\`${token.text}\` became \`${other}\``,
      };
    }
  }
}
