import type { Plugin } from 'vite';

/** Has what a part of the page needs loaded with it, as Vite's own does, without what is for old browsers and servers. */
export const ownPreload: Plugin = {
  name: 'own-preload',
  apply: 'build',
  enforce: 'pre',
  load: (id) =>
    id.endsWith('vite/preload-helper.js')
      ? `const asked = new Map();
const ask = (href) => {
  const isStyle = href.endsWith('.css');
  const link = Object.assign(document.createElement('link'), { rel: isStyle ? 'stylesheet' : 'modulepreload', href });
  document.head.append(link);
  return isStyle && new Promise((loaded, failed) => Object.assign(link, { onload: loaded, onerror: failed }));
};
export const __vitePreload = async (load, files = [], base) => {
  await Promise.all(files.map((file) => {
    const { href } = new URL(file, base);
    if (!asked.has(href)) asked.set(href, ask(href));
    return asked.get(href);
  }));
  return load();
};`
      : undefined,
};
