/**
 * Puts the real output of every command into the README files, and their indexes of folders: `npm run accept --
 * readmes`. Where a README leaves lines out (`...`) and the output is another one now, it is put in
 * whole, to be shortened by hand.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/cli.js';
import { readmes, readReadme, refill } from '../support/readme.js';

for (const name of readmes()) writeFileSync(join(ROOT, name), refill(readReadme(name), name));
