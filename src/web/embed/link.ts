import { type PageState, writeHash } from '../url.js';

/** The address of the page that shows a state: all of the laboratory, or the lab alone. */
export async function linkTo(href: string, state: PageState, isEmbedded: boolean): Promise<string> {
  const url = new URL(href);
  url.search = isEmbedded ? '?embed' : '';
  url.hash = await writeHash(state);
  return url.href;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<"]/g, (c) => ESCAPES[c]!);

/** What a blog or the page of a slide shows it with. */
export function frameOf(href: string, title: string): string {
  return `<iframe src="${escaped(href)}" title="${escaped(title)}" width="100%" height="640" loading="lazy"></iframe>`;
}
