import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { argumentsOf, commandsOf, outputOf, timeless } from './support/readme.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const commands = commandsOf(readme).filter((c) => argumentsOf(c.command) !== undefined);

test('README shows commands', () => {
  expect(commands.length).toBeGreaterThan(4);
});

test.each(commands.map((c) => [c.command, c] as const))(
  'README: %s prints what it says',
  (_, { command, output }) => {
    expect(timeless(outputOf(argumentsOf(command)!))).toBe(timeless(output));
  },
);
