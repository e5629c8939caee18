import type { Plugin } from 'vite';

const VERIFY = [
  // Of `src/verify` the machine needs the rest to boot.
  '(?:verify|kinds|series|request|c-type|calls/unprovided)\\.',
  '(?:walk|state|range|program|prototype|context|log)/',
].join('|');
/** What only the verifier needs, which is loaded with it. */
export const VERIFIER = new RegExp(`/src/(?:verdict/|verify/(?:${VERIFY}))|\\?whole$`);

/**
 * Tables of which the page has less than there is, or has with what it loads for other reasons: the verifier has a whole one of
 * each in its own file.
 */
const LESS =
  /\/src\/(?:verify\/calls\/(?:helpers|kfuncs)|kernel\/attach\/well-known[\w-]*|text\/codes-unwritten)\.ts$/;
const WHOLE = '?whole';
export const isWhole = (id: string): boolean => id.endsWith(WHOLE);

export const wholeForVerifier: Plugin = {
  name: 'whole-for-verifier',
  enforce: 'pre',
  async resolveId(source, importer, options) {
    if (importer === undefined || !VERIFIER.test(importer)) return undefined;
    const found = await this.resolve(source, importer.replace(WHOLE, ''), { ...options, skipSelf: true });
    return found !== null && LESS.test(found.id) ? `${found.id}${WHOLE}` : undefined;
  },
  // The page asks for no log of what was walked. 2 kB.
  load: (id) => (id.endsWith('/verify/log/log.ts') ? 'export class WalkLog {}' : undefined),
};
