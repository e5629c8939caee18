/** Puts the real output of every command into README.md: `npm run build && npx tsx test/tools/fill-readme.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { refill } from '../support/readme.js';

writeFileSync('README.md', refill(readFileSync('README.md', 'utf8')));
