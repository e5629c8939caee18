/** Keeps what the compiler makes of test/data/wat as what it should make: `npm run accept -- wat`. */
import { writeFileSync } from 'node:fs';
import { compileCase, toWat, WAT_CASES, watFile } from '../support/wat.js';

for (const name of WAT_CASES) writeFileSync(watFile(name), toWat(compileCase(name)));
