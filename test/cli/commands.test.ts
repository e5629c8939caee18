import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { CliContext } from '../../src/cli/context.js';
import { Given, Kept } from '../support/kept.js';

test.each(COMMANDS)('`$name` is listed as it is once it is loaded', async (row) => {
  const command = (await row.load())(
    new CliContext({ stdin: new Given(), stdout: new Kept(), stderr: new Kept() }),
  );
  expect({ name: command.name(), usage: command.usage() }).toEqual({ name: row.name, usage: row.usage });
});
