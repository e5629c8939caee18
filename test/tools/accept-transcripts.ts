/**
 * Makes every transcript of `tinybpf step` what the session prints now: `npm run accept -- transcripts`,
 * and look at the difference before committing it.
 */
import { writeFileSync } from 'node:fs';
import { readTranscript, replay, TRANSCRIPTS, transcripts } from '../support/transcript.js';

for (const name of transcripts()) writeFileSync(new URL(name, TRANSCRIPTS), replay(readTranscript(name)));
