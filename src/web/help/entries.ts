import { GUARDS } from 'virtual:help';
import { lessons } from '../course/lessons.js';
import { SHIPPED_LABS } from '../labs.js';
import { introOf } from '../panels/intro.js';
import type { Entry } from '../search.js';
import type { Piece } from './article.js';
import { ARTICLES } from './articles.js';
import { helpHash } from './contents.js';

const textOf = (piece: Piece): string => (typeof piece === 'string' ? piece : piece[2].map(textOf).join(' '));

/** Everything that can be found, from what the page has of it. */
export const ENTRIES: readonly Entry[] = [
  ...SHIPPED_LABS.map(({ name, subject, text, summary }): Entry => {
    const words = `${subject} ${introOf(text).lines.join(' ')}`;
    return { kind: 'lab', name, title: summary, text: words, hash: `#lab=${name}` };
  }),
  ...GUARDS.map(
    ({ name, what }): Entry => ({ kind: 'guard', name, title: what, text: 'guard', hash: undefined }),
  ),
  ...lessons().map(({ number, title, text, question }): Entry => {
    const words = [...text, question].join(' ');
    return { kind: 'lesson', name: `lesson ${number}`, title, text: words, hash: `#lesson=${number}` };
  }),
  ...ARTICLES.flatMap((article) =>
    article.sections.map(({ anchor, title, body }): Entry => {
      const text = `${article.title} ${body.map(textOf).join(' ')}`;
      const hash = helpHash(article.name, anchor);
      if (article.name !== 'codes') return { kind: 'help', name: '', title, text, hash };
      return { kind: 'diagnostic', name: anchor, title: title.slice(anchor.length + 2), text, hash };
    }),
  ),
];
