import { checkExpects } from '../lab/run.js';
import type { ScenarioAst } from '../syntax/lab-ast.js';
import type { Breakpoint } from './breakpoints.js';
import type { Moved } from './motion.js';
import type { Reply } from './reply.js';
import type { Session } from './session.js';
import { type View, viewOf } from './view.js';

/** A command under way: yields now and then so that it can be given up by `next(true)`. */
export type Execution = Generator<undefined, Reply, boolean | undefined>;

/** A run that is being looked at: where it is, and what is to stop it. Commands are carried out on it by `Prompt`. */
export class Debugger {
  readonly session: Session;
  readonly breakpoints: Breakpoint[] = [];
  readonly #scenario: ScenarioAst;
  #last: View | undefined;
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
}
