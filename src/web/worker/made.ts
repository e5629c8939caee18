type Making = typeof import('./making.js');

/**
 * What has been loaded of what makes functions that nobody declared; `src/web/vite.config.ts` says who asks it.
 * @internal
 */
export const made: Partial<Making> = {};

/** Loads it. */
export async function loadMaking(): Promise<void> {
  Object.assign(made, await import('./making.js'));
}
