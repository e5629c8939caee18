/** Names an option or a command of the command line. */
const COMMAND = /(?:^|[\s`(])--[a-z]|`tinybpf [a-z]/;

/** Sentences, each with what ends it. */
const SENTENCE = /[^.]+(?:\.(?! |$)[^.]*)*(?:\.(?: |$)|$)/g;

/**
 * A text without what one can only do on the command line: messages and explanations are the same everywhere, and the
 * page has no options. What is between semicolons stands alone, and so does a sentence.
 */
export function withoutCommands(text: string): string {
  if (!COMMAND.test(text)) return text;
  const sentences = text.match(SENTENCE) ?? [];
  const kept = sentences.flatMap((sentence) => {
    const end = /\.\s*$/.test(sentence) ? '.' : '';
    const clauses = sentence.trim().replace(/\.$/, '').split(/; /);
    const left = clauses.filter((clause) => !COMMAND.test(clause));
    return left.length === 0 ? [] : [`${left.join('; ')}${end}`];
  });
  return kept.join(' ');
}
