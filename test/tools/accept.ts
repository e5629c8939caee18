/**
 * Makes what is recorded what it is now: `npm run accept`, or some of it, `npm run accept -- api wat`. Look at the difference
 * before committing it.
 */

/** What is recorded, and what records it when it is loaded. */
const RECORDED: Readonly<Record<string, () => Promise<unknown>>> = {
  transcripts: () => import('./accept-transcripts.js'),
  wat: () => import('./accept-wat.js'),
  api: () => import('./accept-api.js'),
  readmes: () => import('./fill-readme.js'),
};
/** Needs Chromium, and differs a little from one to the next, so only when asked for. */
const ON_REQUEST: typeof RECORDED = { pictures: () => import('./screenshots.js') };

const all = { ...RECORDED, ...ON_REQUEST };
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(all, name));
if (unknown.length > 0) {
  console.error(
    `nothing that is recorded is called ${unknown.join(', ')}; there are ${Object.keys(all).join(', ')}`,
  );
  process.exitCode = 2;
} else {
  for (const name of wanted.length > 0 ? wanted : Object.keys(RECORDED)) {
    console.log(name);
    await all[name]!();
  }
}
