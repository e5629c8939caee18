import { readdirSync, readFileSync } from 'node:fs';
import { tinybpf } from './cli.js';

const PROMPT = '(tinybpf) ';

export const TRANSCRIPTS = new URL('../data/step/', import.meta.url);

export const transcripts = (): string[] => readdirSync(TRANSCRIPTS).filter((f) => f.endsWith('.txt'));

export const readTranscript = (name: string): string => readFileSync(new URL(name, TRANSCRIPTS), 'utf8');

/** Where things lie in memory is of no interest, and changes with everything that is added to the kernel. */
const withoutAddresses = (text: string): string => text.replace(/0xffff[\da-f]{12}/g, '0xffff…');

/**
 * What a session prints now. A transcript begins with `$ tinybpf step …`; its commands are the lines after the prompt,
 * everything else is what they print.
 */
export function replay(transcript: string): string {
  const [first = '', ...lines] = transcript.split('\n');
  const args = first.replace(/^\$ tinybpf /, '').match(/'[^']*'|\S+/g) ?? [];
  const commands = lines.filter((l) => l.startsWith(PROMPT) || l === PROMPT.trim());
  const script = commands.map((l) => l.slice(PROMPT.length)).join('\n');
  const run = tinybpf(
    args.map((a) => a.replace(/^'|'$/g, '')),
    `${script}\n`,
  );
  return `${first}\n${withoutAddresses(run.stdout + run.stderr)}`;
}
