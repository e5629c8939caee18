import { existsSync } from 'node:fs';

/**
 * The browser that the page is tested in; playwright brings none of its own here. The headless shell is Chromium without windows
 * and what belongs to them: the page does the same in it, for three quarters of the processor's time.
 */
const PLACES = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'] as const;
export const CHROMIUM = process.env['TINYBPF_CHROMIUM'] ?? PLACES.find((p) => existsSync(p)) ?? PLACES[0];

export const hasChromium = (): boolean => existsSync(CHROMIUM);

export const CHROMIUM_FLAGS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
