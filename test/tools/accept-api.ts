/**
 * Records the public API as it is now: `npm run accept -- api`. Look at the difference before
 * committing it, and say in CHANGELOG.md what a user has to change.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { publicApi, RECORDED_API } from '../support/public-api.js';

mkdirSync(dirname(RECORDED_API), { recursive: true });
writeFileSync(RECORDED_API, publicApi());
