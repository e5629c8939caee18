import { tinybpf } from './cli.js';

/** A ```console block: a command after `$ `, then what it prints, up to the next command. */
export interface ReadmeCommand {
  readonly command: string;
  readonly output: string;
}

const BLOCK = /```console\n([\s\S]*?)```/g;

export function commandsOf(readme: string): ReadmeCommand[] {
  return [...readme.matchAll(BLOCK)].flatMap(([, body]) =>
    body!
      .split(/^\$ /m)
      .filter((part) => part !== '')
      .map((part) => {
        const [command, ...output] = part.split('\n');
        return { command: command!, output: output.join('\n').trimEnd() };
      }),
  );
}

/** Arguments of a `npx tinybpf …` command, or undefined for another command. */
export function argumentsOf(command: string): string[] | undefined {
  const m = /^(?:npm ci && )?npx tinybpf (.*)$/.exec(command);
  return m === null ? undefined : (m[1]!.match(/'[^']*'|\S+/g) ?? []).map((a) => a.replace(/^'|'$/g, ''));
}

export function outputOf(args: readonly string[]): string {
  const run = tinybpf(args);
  return (run.stdout + run.stderr).trimEnd();
}

/** Text without what differs from run to run: how long something took. */
export function timeless(text: string): string {
  return text.replace(/\d[\d.e-]* s, [\d,]+ states\/s/g, 'N s, N states/s');
}

/** The same README with every command's output as it is now. */
export function refill(readme: string): string {
  return readme.replace(BLOCK, (_, body: string) => {
    const parts = body.split(/^\$ /m).filter((part) => part !== '');
    const filled = parts.map((part) => {
      const command = part.split('\n')[0]!;
      const args = argumentsOf(command);
      if (args === undefined) return `$ ${part}`;
      const [, ...before] = part.trimEnd().split('\n');
      const now = outputOf(args);
      // What only took another time is left as it is.
      return `$ ${command}\n${timeless(now) === timeless(before.join('\n')) ? before.join('\n') : now}\n`;
    });
    return `\`\`\`console\n${filled.join('')}\`\`\``;
  });
}
