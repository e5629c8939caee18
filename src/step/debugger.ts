import { checkExpects } from '../lab/run.js';
import type { ScenarioAst } from '../syntax/lab-ast.js';
import { InputError } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { Arguments } from './arguments.js';
import type { Breakpoint } from './breakpoints.js';
import { COMMANDS, type Command } from './commands.js';
import { completions } from './complete.js';
import type { Moved } from './motion.js';
import type { Reply } from './reply.js';
import type { Session } from './session.js';
import { type View, viewOf } from './view.js';

/** A command under way: yields now and then so that it can be given up by `next(true)`. */
export type Execution = Generator<undefined, Reply, boolean | undefined>;

/** Carries out commands on a run. Wrong ones are answered by what is wrong with them, and change nothing. */
export class Debugger {
  readonly session: Session;
  readonly breakpoints: Breakpoint[] = [];
  readonly #scenario: ScenarioAst;
  #last: View | undefined;
  /** The line that an empty one repeats. */
  #repeat = '';
  #numbers = 0;

  constructor(session: Session, scenario: ScenarioAst) {
    this.session = session;
    this.#scenario = scenario;
  }

  /** Where the run is. */
  here(moved: Moved = { hits: [] }, end?: 'start'): Reply & { kind: 'stop' } {
    const { session } = this;
    const view = viewOf(session, this.#last);
    this.#last = view;
    for (const { breakpoint } of moved.hits) breakpoint.hits += 1;
    const { outcome } = session;
    const why = moved.interrupted === true ? 'interrupted' : end;
    return {
      kind: 'stop',
      view,
      hits: moved.hits,
      ...(moved.value !== undefined && { value: moved.value }),
      ...(why !== undefined && { end: why }),
      ...(outcome !== undefined && { expects: checkExpects(session.kernel, this.#scenario, outcome) }),
    };
  }

  addBreakpoint(
    text: string,
    trigger: Breakpoint['trigger'],
    condition?: Breakpoint['condition'],
  ): Breakpoint {
    this.#numbers += 1;
    const added: Breakpoint = {
      number: this.#numbers,
      text,
      trigger,
      ...(condition && { condition }),
      enabled: true,
      hits: 0,
    };
    this.breakpoints.push(added);
    return added;
  }

  removeBreakpoints(which: readonly Breakpoint[]): void {
    for (const b of which) this.breakpoints.splice(this.breakpoints.indexOf(b), 1);
  }

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
