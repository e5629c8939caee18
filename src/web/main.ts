/** Until what is in the document already is painted; at once where nobody looks, and browsers do not paint. */
const painted = new Promise<void>((seen) => {
  if (document.hidden) seen();
  else requestAnimationFrame(() => setTimeout(seen));
});

await painted;
const { App } = await import('./app.js');
const app = new App();
document.getElementById('first')?.replaceWith(app.element);
void app.go(location.hash);
