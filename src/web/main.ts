import type { Page } from './page.js';

/** Until what is in the document already is painted; at once where nobody looks, and browsers do not paint. */
const painted = new Promise<void>((seen) => {
  if (document.hidden) seen();
  else requestAnimationFrame(() => setTimeout(seen));
});

/** `?embed` shows a lab for a slide or a blog; without it the address is that of the laboratory. */
async function page(): Promise<Page> {
  if (new URLSearchParams(location.search).has('embed')) {
    const { Embed } = await import('./embed/embed.js');
    return new Embed();
  }
  const { App } = await import('./app.js');
  return new App();
}

await painted;
const shown = await page();
document.getElementById('first')?.replaceWith(shown.element);
void shown.go(location.hash);
