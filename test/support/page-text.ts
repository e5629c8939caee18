import type { Page } from 'playwright-core';

/** What no text for people has in it: values that should not have become text. */
const NONSENSE =
  /\bNaN\b|\bInfinity\b|\bundefined\b|\bnull\b(?! pointer)|\[object |\[native code\]|=> \{|\$\{/;

/** Runs in the page: every text in it, and what it says to those who do not see it, and where it is. */
function everyText(): [where: string, text: string][] {
  const found: [string, string][] = [];
  const whereOf = (e: Element | null): string => {
    if (e === null) return '?';
    const name = e.getAttribute('class') ?? e.id;
    return `${e.parentElement === null ? '' : `${e.parentElement.getAttribute('class') ?? e.parentElement.tagName} > `}${e.tagName.toLowerCase()}.${name}`;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node instanceof Element) {
      for (const { name, value } of node.attributes) found.push([`${whereOf(node)} ${name}`, value]);
      if (node instanceof HTMLInputElement || node instanceof HTMLTextAreaElement)
        found.push([`${whereOf(node)} value`, node.value]);
    } else if (node.parentElement?.closest('.cm-editor, script, style') === null)
      found.push([whereOf(node.parentElement), node.textContent ?? '']);
  }
  found.push(['the title', document.title], ['the address', location.hash]);
  return found;
}

/** What is nonsense in a page, and where it is. */
export async function nonsenseIn(page: Page): Promise<string[]> {
  // Only what may be nonsense is taken out of the page: there is much text, and this is asked often.
  const texts = await page.evaluate<[string, string][]>(
    `(${everyText})().filter(([, text]) => ${NONSENSE}.test(text))`,
  );
  return texts.map(([where, text]) => {
    const at = NONSENSE.exec(text)!.index;
    return `${where}: ${text.slice(Math.max(0, at - 60), at + 60)}`;
  });
}
