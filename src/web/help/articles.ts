import { READMES } from 'virtual:help';
import type { Article } from './article.js';
import { sectionsOfCodes } from './codes.js';
import { HELP_PAGES } from './contents.js';

/** The whole help. The page loads it when it is asked for. */
export const ARTICLES: readonly Article[] = HELP_PAGES.map(({ name, title, source }) => ({
  name,
  title,
  sections: source === undefined ? sectionsOfCodes() : READMES[name]!,
}));
