// cspell:ignore ands
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { filesBelow } from './support/files.js';

/** A way of saying something that English does not have, and what to write instead. */
interface Banned {
  readonly phrase: RegExp;
  readonly instead: string;
  /** Uses that are right, as they are written around the phrase. */
  readonly right?: readonly RegExp[];
  /** Where it is a word of the project's own that the field has another word for; everywhere if absent. */
  readonly within?: RegExp;
}

const BANNED: readonly Banned[] = [
  {
    phrase: /(?<!\bthere )\b(?:is|are|was|were|be|been) no (?!longer\b|more\b|later\b|less\b)\w/i,
    instead: 'is not a, are not',
    right: [/there (?:is|are|was|were) no /i, /(?:so|what|that) there is no /i],
  },
  {
    phrase: /\bbehind\b/i,
    instead: 'after; "behind" is for what is hidden',
    right: [
      /leaves? behind/i,
      /memory behind (?:it|them)/,
      /library behind the command line/,
      /code behind `/,
      /timer behind the bpf_timer/,
      /type behind typedefs/,
      /, behind 64-bit addresses/,
      /reached from behind/,
      /STEPS\.behind/,
    ],
  },
  { phrase: /\bdeeds?\b/i, instead: 'action' },
  { phrase: /\b(?:the|an) own\b/i, instead: 'its own, one of its own' },
  { phrase: /\b(?:what|that|which|it) is none\b(?! of)/i, instead: 'is not one, anything else' },
  { phrase: /\bworks? off\b/i, instead: 'goes through' },
  { phrase: /(?:^|[;:.] )who (?!may|is|can|it|runs|decides|has|serves)\w+s\b/i, instead: 'whoever' },
  { phrase: /\bthread (?:found )?standing\b/i, instead: 'a thread at' },
  {
    phrase: /\bst(?:ands?|ood)\b/i,
    instead: 'is, comes, is written',
    right: [/stands? (?:for|in for|still|alone|out)\b/i],
  },
  { phrase: /\bh[au]ngs? on\b/i, instead: 'is attached to, depends on' },
  { phrase: /\bbelongs? into\b/i, instead: 'belongs in' },
  { phrase: /\b(?:for|of|to|with|by) who\b(?! (?:is|may|can|it)\b)/i, instead: 'whoever, whom, those that' },
  {
    phrase:
      /\b(?:a|one|two|once|\d+) ?(?:bit|byte|line|lane|track|string|word|slot|element|value|allocation|instance|root|call|function|box|`case`)?s? an? (?:CPU|bit|page|slot|element|action|actor|leaf|function|operation|pixel)\b/,
    instead: 'for each, per',
    right: [/\bas an? /, /values? an? /],
  },
  {
    phrase: /\b(?:Ground|Workshop|lessons?|learnt)\b/i,
    instead: 'search context, warm-up pass',
    within: /^src\/explore\//,
  },
];

const COMMENTS_AND_STRINGS =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

/** What is written for people in a file, with the number of the line it begins on; comments as they read unwrapped. */
function proseOf(path: string, text: string): { line: number; prose: string }[] {
  const pattern = path.endsWith('.ts') ? COMMENTS_AND_STRINGS : COMMENTS;
  const found: { line: number; prose: string }[] = [];
  let line = 1;
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    line += text.slice(from, match.index).split('\n').length - 1;
    from = match.index;
    found.push({ line, prose: match[0].replaceAll(/\n\s*(?:\*|\/\/)? ?/g, ' ') });
  }
  return found;
}

/** Sentences that have a banned phrase in them. */
function banned(path: string, text: string): string[] {
  return proseOf(path, text).flatMap(({ line, prose }) =>
    BANNED.flatMap(({ phrase, instead, right = [], within }) => {
      if (within !== undefined && !within.test(path)) return [];
      const rest = right.reduce(
        (p, r) => p.replaceAll(new RegExp(r.source, `${r.flags.replace('g', '')}g`), ''),
        prose,
      );
      const match = phrase.exec(rest);
      if (match === null) return [];
      const around = rest.slice(Math.max(0, match.index - 30), match.index + 40).trim();
      return [`${path}:${line}: \`${around}\`: write "${instead}"`];
    }),
  );
}

const ROOT = fileURLToPath(new URL('../', import.meta.url));

const PLACES: readonly (readonly [folder: string, ending: string])[] = [
  ['src', '.ts'],
  ['src', '.css'],
  ['programs', '.bpf'],
  ['grammar', '.ohm'],
  ['test', '.ts'],
  ['bench', '.ts'],
];

describe('comments and messages are in the words of the language and of the field', () => {
  test.each(PLACES)('in %s, *%s', (folder, ending) => {
    const files = filesBelow(folder, ending).filter((f) => !/\.generated\.ts$|words\.test\.ts$/.test(f));
    expect(files.length).toBeGreaterThan(0);
    const found = files.flatMap((f) => banned(relative(ROOT, f), readFileSync(f, 'utf8')));
    expect(found).toEqual([]);
  });

  test.each([
    ['// a name that is no register', 1],
    ['/** What stands\n * behind it. */', 2],
    ["const s = 'is no longer there, and there is no other';", 0],
    ['const behind = 1; // what it stands for', 0],
    ['// one line a page', 1],
  ])('%j has %i of them', (text, count) => {
    expect(banned('src/x.ts', text)).toHaveLength(count);
  });
});

test("the spelling check's terms of the kernel are sorted, and each is used", () => {
  const terms = readFileSync(join(ROOT, '.ci/kernel-words.txt'), 'utf8').trimEnd().split('\n').slice(1);
  expect(terms).toEqual([...new Set(terms)].sort());
  const files = [...PLACES, ['programs', '.md'] as const].flatMap(([folder, ending]) =>
    filesBelow(folder, ending),
  );
  const text = [...files, join(ROOT, 'README.md')]
    .map((f) => readFileSync(f, 'utf8').toLowerCase())
    .join('\n');
  expect(terms.filter((t) => !text.includes(t))).toEqual([]);
});
