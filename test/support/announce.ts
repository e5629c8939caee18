import { CHROMIUM, hasChromium } from './chromium.js';
import { OUTSIDE, present } from './shared.js';
import { hasSpin } from './spin.js';

/** Says before the tests which suites are skipped, and why. */
export function setup(): void {
  for (const { path, suite } of OUTSIDE) {
    if (!present(path)) console.log(`skipped: ${suite}, because there is no ${path}`);
  }
  if (!hasSpin()) {
    console.log(
      'skipped: exported models checked by SPIN (test/promela), because there is no spin or no cc; `apt-get install spin gcc` installs them',
    );
  }
  if (!hasChromium()) {
    console.log(
      `skipped: the page in a browser (test/web/page), because there is no ${CHROMIUM}; \`apt-get install chromium-headless-shell\` installs it, or TINYBPF_CHROMIUM names another`,
    );
  }
}
