import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CODES } from '../../src/text/codes.js';
import { withoutCommands } from '../../src/web/commands.js';
import type { Piece, Section } from '../../src/web/help/article.js';
import { linksOf, sectionsOfReadmes } from '../../src/web/help/build.js';
import { sectionsOfCodes } from '../../src/web/help/codes.js';
import { HELP_PAGES, helpAt, helpHash } from '../../src/web/help/contents.js';
import { anchorOf, partsOf, sectionsOf } from '../../src/web/help/markdown.js';
import { labNamed } from '../../src/web/labs.js';
import { ROOT } from '../support/cli.js';

const ARTICLES = Object.entries({ ...sectionsOfReadmes(), codes: sectionsOfCodes() }).map(
  ([name, sections]) => ({ name, sections }),
);

function linksIn(piece: Piece): string[] {
  if (typeof piece === 'string') return [];
  const [, { href }, content] = piece;
  return [...(href === undefined ? [] : [href]), ...content.flatMap(linksIn)];
}

const textOf = (piece: Piece): string => (typeof piece === 'string' ? piece : piece[2].map(textOf).join(''));
const letters = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, '');

const LESSONS = readdirSync(join(ROOT, 'programs/course')).filter((f) => f.endsWith('.lesson')).length;

/** Whether there is something at an address of the page. */
function isThere(hash: string): boolean {
  const place = helpAt(hash);
  if (place !== undefined) {
    const sections = ARTICLES.find((a) => a.name === place.page)?.sections ?? [];
    return place.anchor === '' ? sections.length > 0 : sections.some((s) => s.anchor === place.anchor);
  }
  const asked = new URLSearchParams(hash.slice(1));
  const lesson = Number(asked.get('lesson') ?? 0);
  return lesson >= 1 && lesson <= LESSONS ? true : labNamed(asked.get('lab') ?? '') !== undefined;
}

test('every page has something to read, and headings with addresses of their own', () => {
  expect(ARTICLES.map((a) => a.name)).toEqual(HELP_PAGES.map((p) => p.name));
  for (const { name, sections } of ARTICLES) {
    expect(sections.flatMap((s) => s.body).length, name).toBeGreaterThan(3);
    const anchors = sections.map((s) => s.anchor);
    expect(new Set(anchors).size, name).toBe(anchors.length);
    for (const anchor of anchors) expect(helpAt(helpHash(name, anchor))).toEqual({ page: name, anchor });
  }
});

test('links lead to what is in the page', () => {
  const links = ARTICLES.flatMap(({ sections }) => sections.flatMap((s) => s.body.flatMap(linksIn)));
  expect(links.length).toBeGreaterThan(1);
  expect(links.filter((link) => !isThere(link))).toEqual([]);
});

test.each([
  ['programs/README.md', '#the-language', '#language/the-language'],
  ['programs/README.md', 'explore/README.md#what-is-checked', '#promises/what-is-checked'],
  ['programs/explore/README.md', '../README.md#attach-kinds', '#language/attach-kinds'],
  ['programs/explore/README.md', 'two-tasks.bpf', '#lab=explore/two-tasks'],
  ['src/web/README.md', '../../programs/course/5-make-v1-fail.lesson', '#lesson=5'],
  ['src/web/README.md', '../../programs/bench/README.md', '#cost'],
  ['programs/README.md', '#break-things', undefined],
  ['programs/README.md', 'kernel/map.bpf', undefined],
  ['programs/explore/README.md', 'https://spinroot.com', undefined],
])('in %s a link to %s leads to %s', (file, href, hash) => {
  expect(linksOf(file)(href)).toBe(hash);
});

test('nothing of what a page is made from is lost', () => {
  for (const { name, source } of HELP_PAGES) {
    const { sections } = ARTICLES.find((a) => a.name === name)!;
    const shown = letters(sections.map((s) => s.title + s.body.map(textOf).join('')).join(''));
    if (source === undefined) {
      for (const [code, { title, explain }] of Object.entries(CODES)) {
        expect(shown).toContain(letters(code + title));
        // But for what one can only do on the command line.
        const kept = withoutCommands(explain);
        expect(shown).toContain(letters(kept));
        if (!/--[a-z]|`tinybpf /.test(explain)) expect(kept).toBe(explain);
      }
      continue;
    }
    const file = readFileSync(join(ROOT, source.file), 'utf8');
    const parts = source.parts === 'all' ? [file] : source.parts.map((part) => partOf(file, part));
    for (const part of parts) expect(shown, name).toContain(letters(plain(part)));
  }
});

/** From a heading of the second rank to the next; code can have lines that look like one. */
function partOf(file: string, anchor: string): string {
  const parts = file.split(/^(?=## )/m);
  return parts.find(
    (part) => part.startsWith('## ') && anchorOf(part.slice(3, part.indexOf('\n'))) === anchor,
  )!;
}

/** Without what has no letters that are shown: pictures, where links lead, languages of code. */
const plain = (part: string): string =>
  part
    .replace(/^# .*$/m, (title) => title)
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\]\([^)]*\)/g, '')
    .replace(/^```[^\n]*$/gm, '')
    .replace(/<!--.*?-->/g, '');

const nowhere = (): undefined => undefined;

test('a README is taken apart at its headings', () => {
  const text =
    '# T\n\nfirst *one*\n\n## A `b` & c!\n\n- x\n- y [z](z.md)\n\n### D\n\n```bpf mine\nr0 = 0\n```\n\n## E\n';
  const sections = sectionsOf(text, (href) => `#${href}`);
  expect(sections.map(({ anchor, level }) => [anchor, level])).toEqual([
    ['', 2],
    ['a-b--c', 2],
    ['d', 3],
    ['e', 2],
  ]);
  expect(sections[0]!.body).toEqual([['p', {}, ['first ', ['em', {}, ['one']]]]]);
  const items: readonly Piece[] = [
    ['li', {}, ['x']],
    ['li', {}, ['y ', ['a', { href: '#z.md' }, ['z']]]],
  ];
  expect(sections[1]!.body).toEqual([['ul', {}, items]]);
  expect(sections[2]!.body).toEqual([['pre', { lang: 'bpf' }, ['r0 = 0']]]);
  const anchors = (parts: readonly Section[]): string[] => parts.map((s) => s.anchor);
  expect(anchors(partsOf(sections, ['a-b--c']))).toEqual(['a-b--c', 'd']);
  expect(anchors(partsOf(sections, ['e', 'd']))).toEqual(['e', 'd']);
  expect(() => partsOf(sections, ['f'])).toThrow('there is no heading #f');
});

test.each(['> quoted\n', '---\n', '#### deep\n', 'a <b>c</b>\n', '~~gone~~\n'])(
  'a form that would be lost is refused: %j',
  (text) => {
    expect(() => sectionsOf(`# T\n\n${text}`, nowhere)).toThrow('the help has no form for');
  },
);
