import { InputError } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { Arguments } from './arguments.js';
import { COMMANDS, type Command } from './commands.js';
import { completions } from './complete.js';
import { Debugger, type Execution } from './debugger.js';
import type { Reply } from './reply.js';

/** Carries out commands on a run. Wrong ones are answered by what is wrong with them, and change nothing. */
export class Prompt extends Debugger {
  /** The line that an empty one repeats. */
  #repeat = '';

  /** Carries out one line. */
  *execute(line: string): Execution {
    const isEmpty = line.trim() === '';
    const text = isEmpty ? this.#repeat : line;
    if (text === '' || text.trim().startsWith('#')) return { kind: 'lines', lines: [] };
    try {
      const { command, args } = this.#parse(text);
      this.#repeat = command.repeats ? text : '';
      const reply = command.run(this, args);
      return 'kind' in reply ? reply : yield* reply;
    } catch (e) {
      if (!(e instanceof InputError)) throw e;
      if (!isEmpty) this.#repeat = '';
      return { kind: 'wrong', diagnostics: e.diagnostics };
    }
  }

  /** Carries out one line without asking whether to go on. */
  run(line: string): Reply {
    const execution = this.execute(line);
    for (;;) {
      const { done, value } = execution.next();
      if (done === true) return value;
    }
  }

  #parse(text: string): { command: Command; args: Arguments } {
    const source = { name: '<command>', text };
    const all = new Arguments(source, 0);
    const [word] = all.words;
    // A format is written right after the command, as in `x/8xb`.
    const name = /^[^/]+/.exec(word!.text)?.[0] ?? word!.text;
    const command = findCommand(name);
    if (command === undefined) {
      const names = COMMANDS.map((c) => c.names[0]!);
      const help = didYouMean(name, names) ?? '`help` lists the commands';
      throw all.wrong({ ...word!, text: name }, `there is no command \`${name}\``, { help });
    }
    return { command, args: new Arguments(source, word!.start + name.length) };
  }

  /** Lines that begin as `line` does, for a terminal: candidates for its last word. */
  complete(line: string): { readonly candidates: readonly string[]; readonly word: string } {
    const word = /\S*$/.exec(line)?.[0] ?? '';
    const before = line.slice(0, line.length - word.length).trim();
    const names =
      before === ''
        ? COMMANDS.flatMap((c) => c.names.filter((n) => n.length > 2))
        : completions(this.session, findCommand(before.split(/\s+/)[0]!), before);
    return { candidates: [...new Set(names)].filter((n) => n.startsWith(word)).sort(), word };
  }
}

/** A command by one of its names, or by the beginning of just one. */
function findCommand(name: string): Command | undefined {
  const exact = COMMANDS.find((c) => c.names.includes(name));
  if (exact !== undefined) return exact;
  const begun = COMMANDS.filter((c) => c.names[0]!.startsWith(name));
  return begun.length === 1 ? begun[0] : undefined;
}
