import { Lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import type { Piece, Section } from './article.js';

/** Where a link leads; undefined where there is nothing to be shown. */
export type LinkTo = (href: string) => string | undefined;

/**
 * What GitHub makes of a heading for the address.
 * @internal
 */
export const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

function unknown(type: string): never {
  throw new Error(`the help has no form for what Markdown calls ${type}`);
}

function inline(tokens: readonly Token[], linkTo: LinkTo): Piece[] {
  return (tokens as readonly MarkedToken[]).flatMap((t): Piece[] => {
    switch (t.type) {
      case 'text':
        return t.tokens === undefined ? [t.text.replaceAll('\n', ' ')] : inline(t.tokens, linkTo);
      case 'escape':
        return [t.text];
      case 'codespan':
        return [['code', {}, [t.text]]];
      case 'em':
      case 'strong':
        return [[t.type, {}, inline(t.tokens, linkTo)]];
      case 'link': {
        const content = inline(t.tokens, linkTo);
        const href = linkTo(t.href);
        return href === undefined ? content : [['a', { href }, content]];
      }
      case 'image':
        return [];
      default:
        return unknown(t.type);
    }
  });
}

/** A list of links into its own file is its table of contents, of which the page has one. */
const isContents = ({ items }: Tokens.List): boolean =>
  items.every((item) => item.text.startsWith('[') && item.text.includes('](#'));

function tableOf({ header, rows }: Tokens.Table, linkTo: LinkTo): Piece {
  const row = (cells: readonly Tokens.TableCell[], tag: 'td' | 'th'): Piece => [
    'tr',
    {},
    cells.map((cell): Piece => [tag, {}, inline(cell.tokens, linkTo)]),
  ];
  return [
    'table',
    {},
    [
      ['thead', {}, [row(header, 'th')]],
      ['tbody', {}, rows.map((cells) => row(cells, 'td'))],
    ],
  ];
}

function block(t: MarkedToken, linkTo: LinkTo): Piece[] {
  switch (t.type) {
    case 'space':
      return [];
    case 'html':
      return t.text.startsWith('<!--') ? [] : unknown(t.type);
    case 'paragraph': {
      const content = inline(t.tokens, linkTo);
      return content.length === 0 ? [] : [['p', {}, content]];
    }
    case 'text':
      return inline([t], linkTo);
    case 'code':
      return [['pre', { lang: t.lang?.split(' ')[0] ?? '' }, [t.text]]];
    case 'table':
      return [tableOf(t, linkTo)];
    case 'list': {
      if (isContents(t)) return [];
      const items = t.items.map((item): Piece => ['li', {}, blocks(item.tokens, linkTo)]);
      return [[t.ordered ? 'ol' : 'ul', {}, items]];
    }
    default:
      return unknown(t.type);
  }
}

const blocks = (tokens: readonly Token[], linkTo: LinkTo): Piece[] =>
  (tokens as readonly MarkedToken[]).flatMap((t) => block(t, linkTo));

/** Takes a README apart at its headings; the first has what comes before them. Throws at a form that it does not know. */
export function sectionsOf(text: string, linkTo: LinkTo): Section[] {
  const sections: { title: string; anchor: string; level: 2 | 3; body: Piece[] }[] = [];
  let body: Piece[] = [];
  for (const t of Lexer.lex(text) as readonly MarkedToken[]) {
    if (t.type !== 'heading') {
      body.push(...block(t, linkTo));
      continue;
    }
    const { text: title, depth } = t;
    if (depth > 3) unknown(`a heading of depth ${depth}`);
    body = [];
    sections.push({ title, anchor: depth === 1 ? '' : anchorOf(title), level: depth === 3 ? 3 : 2, body });
  }
  return sections;
}

/** Those with the anchors, each with what is below it. */
export function partsOf(sections: readonly Section[], anchors: readonly string[]): Section[] {
  return anchors.flatMap((anchor) => {
    const at = sections.findIndex((s) => s.anchor === anchor);
    if (at < 0) throw new Error(`there is no heading #${anchor}`);
    const end = sections.findIndex((s, i) => i > at && s.level === 2);
    return sections.slice(at, end < 0 ? undefined : end);
  });
}
