import { CODES } from '../../text/codes.js';
import { withoutCommands } from '../commands.js';
import type { Piece, Section } from './article.js';

/** What is between backticks is code. */
const withCode = (text: string): Piece[] =>
  text.split('`').map((part, i): Piece => (i % 2 === 1 ? ['code', {}, [part]] : part));

/** What there is to say of each diagnostic. */
export const sectionsOfCodes = (): Section[] =>
  Object.entries(CODES).map(([code, { title, explain }]) => ({
    title: `${code}: ${title}`,
    anchor: code,
    level: 2,
    body: [['p', {}, withCode(withoutCommands(explain))]],
  }));
