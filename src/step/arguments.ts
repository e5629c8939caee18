import { type Diagnostic, errorAt, InputError } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { type Source, span } from '../text/source.js';

/** A word of a command, with its place in the line. */
export interface Word {
  readonly text: string;
  readonly start: number;
}

/** What follows a command's name. Every complaint points at the word it is about. */
export class Arguments {
  readonly source: Source;
  /** Where the arguments begin in the line. */
  readonly start: number;
  readonly words: readonly Word[];

  constructor(source: Source, start: number) {
    this.source = source;
    this.start = start + (/^\s*/.exec(source.text.slice(start))?.[0].length ?? 0);
    this.words = [...source.text.slice(start).matchAll(/\S+/g)].map((m) => ({
      text: m[0],
      start: start + m.index,
    }));
  }

  get text(): string {
    return this.source.text.slice(this.start).trim();
  }

  /** The arguments after the first `n` words. */
  from(n: number): Arguments {
    return new Arguments(this.source, this.words[n]?.start ?? this.source.text.length);
  }

  /** The arguments up to an offset in the line. */
  until(end: number): Arguments {
    return new Arguments({ name: this.source.name, text: this.source.text.slice(0, end) }, this.start);
  }

  /** Something is wrong with a word, or with the lack of one. */
  wrong(
    word: Word | undefined,
    message: string,
    more: { expected?: string; help?: string } = {},
  ): InputError {
    const at = word === undefined ? this.source.text.length : word.start;
    const end = word === undefined ? at : word.start + word.text.length;
    return new InputError(errorAt('B0806', message, { span: span(this.source, at, end), ...more }));
  }

  unknown(word: Word | undefined, what: string, names: Iterable<string>): InputError {
    const all = [...names];
    if (word === undefined || word.text === '') return this.wrong(word, `no ${what} is named`, listed(all));
    const close = didYouMean(word.text, all);
    const more = close === undefined ? listed(all) : { help: close };
    return this.wrong(word, `there is no ${what} \`${word.text}\``, more);
  }

  /** A whole number from `least` on. */
  number(word: Word | undefined, least: number, absent: number): number {
    if (word === undefined) return absent;
    const value = Number(word.text);
    if (/^(?:\d+|0x[\da-f]+)$/i.test(word.text) && Number.isSafeInteger(value) && value >= least)
      return value;
    throw this.wrong(word, `\`${word.text}\` is not a number that can be used here`, {
      expected: `a whole number from ${least} on`,
    });
  }

  /** Complains about what follows the first `n` words. */
  atMost(n: number): void {
    const extra = this.words[n];
    if (extra !== undefined) throw this.wrong(extra, `unexpected \`${extra.text}\``);
  }
}

const SHOWN = 12;

function listed(names: readonly string[]): { expected?: string } {
  if (names.length === 0) return {};
  const more = names.length > SHOWN ? ', …' : '';
  return { expected: names.slice(0, SHOWN).join(', ') + more };
}

/** The value that was read, or what was wrong, thrown. */
export function valueOrThrow<T>(parsed: {
  readonly value?: T;
  readonly diagnostics: readonly Diagnostic[];
}): T {
  if (parsed.value === undefined || parsed.diagnostics.length > 0) throw new InputError(parsed.diagnostics);
  return parsed.value;
}
