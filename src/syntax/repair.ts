import { mostSlips, slipsBetween } from '../text/nearest.js';
import type { Expectation } from './expected.js';

/** What is asked of a grammar about a text that has been changed. */
export interface Trial {
  /** Where its match fails first; Infinity if it matches. */
  readonly reaches: number;
  readonly expected: () => readonly Expectation[];
}

/** A text that matches, or gets further than what was written, by one change or a few. */
export interface Repair {
  readonly text: string;
  readonly isWhole: boolean;
  /** The word that was misspelt, and what may be meant by it; absent where more or something else was changed. */
  readonly word?: { readonly from: number; readonly to: number; readonly instead: readonly string[] };
}

/** Most changes to one statement. */
const MOST_CHANGES = 3;
/** Words before the place of the failure that may be what is wrong. */
const WORDS_BACK = 6;
/** Spellings that are tried for one word. */
const MOST_SPELLINGS = 3;

interface Change {
  readonly text: string;
  readonly at: number;
  readonly trial: Trial;
  readonly word?: Repair['word'];
  readonly slips: number;
  /** Something was thrown away. */
  readonly isDrastic?: true;
}

/** Digits that look like letters are letters where a word is meant: `11` for `ll`. */
const asLetters = (word: string): string => word.replaceAll('1', 'l').replaceAll('0', 'o');

function slips(written: string, meant: string): number {
  return Math.min(slipsBetween(written, meant), slipsBetween(asLetters(written), meant));
}

/** Words that may be meant by another, with how far they are from it, nearest first. */
function meantBy(written: string, words: readonly string[]): { word: string; slips: number }[] {
  const folded = written.toLowerCase();
  const limit = mostSlips(written.length);
  return words
    .filter((word) => Math.abs(word.length - written.length) <= limit && word !== written)
    .map((word) => ({ word, slips: slips(folded, word) }))
    .filter((w) => w.slips <= limit && (w.slips < w.word.length || w.word.length === 1))
    .sort((a, b) => a.slips - b.slips)
    .slice(0, MOST_SPELLINGS);
}

const BRACKETS = ['(', '[', '{'];
const CLOSING = [')', ']', '}'];

/** Whether one sign may be a slip for another: brackets of another kind, or signs that have a character in common. */
function isLike(a: string, b: string): boolean {
  const isBracket = [BRACKETS, CLOSING].some((kind) => kind.includes(a) && kind.includes(b));
  return isBracket || slipsBetween(a, b) < Math.max(a.length, b.length);
}

/** Something put in before the token at a place, with the blanks that belong round it. */
function inserted(text: string, at: number, what: string): string {
  const before = text.slice(0, at).trimEnd();
  if (/^[,)\]]$/.test(what)) return `${before}${what}${text.slice(before.length)}`;
  if (/^[([*!-]$/.test(what)) return `${text.slice(0, at)}${what}${text.slice(at)}`;
  return `${before} ${what} ${text.slice(at)}`;
}

/** A text without a word that is there twice, at a place or just before it. */
function withoutTwins(text: string, at: number): string[] {
  const tokens = [...text.matchAll(/"[^"]*"|[\w.$]+|[^\w\s]+/g)];
  const here = tokens.findIndex((m) => m.index >= at);
  const end = here < 0 ? tokens.length : here;
  return [end, end - 1].flatMap((i) => {
    const [before, twin] = [tokens[i - 1], tokens[i]];
    if (before === undefined || twin === undefined || before[0] !== twin[0] || !/["\w]$/.test(twin[0]))
      return [];
    return [text.slice(0, before.index) + text.slice(twin.index)];
  });
}

/** Looks for what was meant by a statement that does not match. */
export class Repairer {
  readonly #try: (text: string) => Trial;
  readonly #words: readonly string[];
  #tries: number;

  /** `tries`: how often the grammar may be asked. */
  constructor(attempt: (text: string) => Trial, words: readonly string[], tries: number) {
    this.#try = attempt;
    this.#words = words;
    this.#tries = tries;
  }

  get triesLeft(): number {
    return this.#tries;
  }

  find(text: string, at: number, expected: readonly Expectation[]): Repair | undefined {
    let [now, place, wanted] = [text, at, expected];
    let first: Change | undefined;
    let drastic = 0;
    for (let n = 0; n < MOST_CHANGES; n += 1) {
      const change = this.#misspelt(now, place) ?? this.#token(now, place, wanted);
      if (change === undefined) break;
      // A word that is like another by chance, or a sign that is thrown away, is nothing to build on.
      if (change.isDrastic === true || change.slips > 1) drastic += 1;
      if (drastic > 1 || (change.slips > 1 && n > 0)) break;
      first ??= change;
      now = change.text;
      place = change.trial.reaches;
      if (place === Number.POSITIVE_INFINITY) {
        const word = n === 0 ? change.word : undefined;
        return { text: now, isWhole: true, ...(word && { word }) };
      }
      wanted = change.trial.expected();
    }
    // One slip that lets the match go on is what was meant, whatever else is wrong.
    if (first?.word === undefined || first.slips > 1) return undefined;
    return { text: first.text, isWhole: false, word: first.word };
  }

  /** The text with one piece exchanged, if the match then gets further than the piece. */
  #changed(
    text: string,
    at: number,
    next: string,
    more: { word?: Repair['word']; slips: number; end: number },
  ): Change | undefined {
    if (this.#tries === 0 || next === text) return undefined;
    this.#tries -= 1;
    const trial = this.#try(next);
    const grown = next.length - text.length;
    const { end, slips: far, word } = more;
    // Blanks after the piece are not something that it got past.
    const passed = text.slice(0, Math.max(0, trial.reaches - grown)).trimEnd().length;
    if (trial.reaches < Number.POSITIVE_INFINITY && (trial.reaches - grown <= at || passed <= end))
      return undefined;
    return { text: next, at, trial, slips: far, ...(word && { word }) };
  }

  /** A word at or before the place that is nearly a word of the grammar, with which the match goes on. */
  #misspelt(text: string, at: number): Change | undefined {
    const tokens = [...text.matchAll(/[\w.]+/g)].filter((m) => m.index <= at);
    const [first] = tokens;
    const near = tokens.slice(-WORDS_BACK);
    const looked = first === undefined || near.includes(first) ? near : [first, ...near];
    let best: Change | undefined;
    for (const m of looked.reverse()) {
      const [from, to] = [m.index, m.index + m[0].length];
      for (const { word, slips: far } of meantBy(m[0], this.#words)) {
        const isBeaten = best !== undefined && best.trial.reaches === Number.POSITIVE_INFINITY;
        if (isBeaten && best!.slips < far) continue;
        const next = text.slice(0, from) + word + text.slice(to);
        const more = { word: { from, to, instead: [word] }, slips: far, end: to };
        const change = this.#changed(text, at, next, more);
        if (change === undefined) continue;
        if (better(change, best)) best = change;
        else if (best?.word?.from === from && !better(best, change))
          best = { ...best, word: { from, to, instead: [...best.word.instead, word] } };
      }
    }
    return best;
  }

  /** Something left out at the place that is there twice, or a sign exchanged, left out or put in, or a keyword put in. */
  #token(text: string, at: number, expected: readonly Expectation[]): Change | undefined {
    const small = this.#best(text, at, [...withoutTwins(text, at), ...this.#likeSigns(text, at)]);
    if (small !== undefined) return small;
    const token = /^[^\w\s]+/.exec(text.slice(at))?.[0] ?? '';
    const [before, after] = [text.slice(0, at), text.slice(at + token.length)];
    const signs = [...new Set(expected.flatMap((e) => e.spellings))].filter((s) => !/^\w/.test(s));
    const put = (s: string): string => inserted(text, at, s);
    const added = this.#best(text, at, signs.map(put));
    if (token !== '' && added?.trial.reaches !== Number.POSITIVE_INFINITY) {
      const dropped = [before + after, ...(token.length > 1 ? [before + text.slice(at + 1)] : [])];
      const drastic = this.#best(text, at, [...dropped, ...signs.map((s) => before + s + after)]);
      if (drastic !== undefined && better(drastic, added)) return { ...drastic, isDrastic: true };
    }
    // A statement is not guessed from its end, nor an end from a beginning; and where a name can come, any word can.
    const isInside = before.trim() !== '' && at < text.length;
    if (added !== undefined || !isInside || expected.some((e) => e.text === 'a name')) return added;
    const words = expected.flatMap(({ spellings: [w, more] }) => (more === undefined && w ? [w] : []));
    const worded = this.#best(text, at, words.map(put));
    return worded?.trial.reaches === Number.POSITIVE_INFINITY ? worded : undefined;
  }

  /** The signs at a place, from the first of them on, exchanged for signs that are like them: `=|` for `|=`. */
  #likeSigns(text: string, at: number): string[] {
    const [run] = /[^\w\s]*$/.exec(text.slice(0, at))!;
    const from = at - run.length;
    const written = run + /^[^\w\s]*/.exec(text.slice(at))![0];
    if (written === '') return [];
    // A character that no token has makes the match fail where the signs begin.
    const wanted = this.#try(`${text.slice(0, from)}\u0000`).expected();
    return [...new Set(wanted.flatMap((e) => e.spellings))]
      .filter((s) => !/^\w/.test(s) && isLike(s, written))
      .sort((a, b) => slipsBetween(a, written) - slipsBetween(b, written))
      .map((s) => text.slice(0, from) + s + text.slice(from + written.length));
  }

  /** The first of some texts that matches, or the one whose match gets furthest. */
  #best(text: string, at: number, attempts: readonly string[]): Change | undefined {
    let best: Change | undefined;
    for (const next of attempts) {
      const change = this.#changed(text, at, next, { slips: 0, end: at });
      if (change !== undefined && better(change, best)) best = change;
      if (best?.trial.reaches === Number.POSITIVE_INFINITY) break;
    }
    return best;
  }
}

/** Whether a change of the same text lets its match go further, or as far with fewer slips. */
function better(a: Change, b: Change | undefined): boolean {
  if (b === undefined) return true;
  const left = a.trial.reaches - a.text.length;
  const right = b.trial.reaches - b.text.length;
  return left === right ? a.slips < b.slips : left > right;
}
