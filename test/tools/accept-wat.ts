/** Keeps what the compiler makes of test/data/wat as what it should make: `npx tsx test/tools/accept-wat.ts`. */
import { writeFileSync } from 'node:fs';
import { compileCase, toWat, WAT_CASES, watFile } from '../support/wat.js';

for (const name of WAT_CASES) writeFileSync(watFile(name), toWat(compileCase(name)));
