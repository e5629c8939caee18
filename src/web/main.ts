import type { Page } from './page.js';

/** How long the first paint is waited for at most, in milliseconds: there may be none, in a window that nobody sees. */
const PATIENCE = 1000;

/**
 * Until what is in the document already is seen. That a frame has been made is not enough: until it is on the screen, whatever
 * else is read and compiled competes with what brings it there. At once where nobody looks, and browsers do not paint.
 */
const painted = new Promise<void>((seen) => {
  if (document.hidden) seen();
  setTimeout(seen, PATIENCE);
  new PerformanceObserver((list) => {
    if (list.getEntriesByName('first-contentful-paint').length > 0) seen();
  }).observe({ type: 'paint', buffered: true });
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
