import type { Environment } from '../../lab/environment.js';
import { beginScenario, scenariosOf } from '../../lab/run.js';
import type { Outcome } from '../../lab/script.js';
import { beginReplay } from '../../replay/replay.js';
import { formatRegister } from '../../report/step.js';
import { dataOf } from '../../step/data.js';
import { Debugger } from '../../step/debugger.js';
import { BY_INSTRUCTION, carriedOut } from '../../step/motion.js';
import type { Reply } from '../../step/reply.js';
import { Session } from '../../step/session.js';
import { type View, viewOf as viewAt } from '../../step/view.js';
import type { LabAst } from '../../syntax/lab-ast.js';
import { oneLine } from '../../text/shown.js';
import { type Answer, BUDGET, type LabText, type RunChoice } from '../protocol/protocol.js';
import type { StepChoice, StepView } from '../protocol/step.js';
import { attempt, optionsOf, scheduledIn } from './run.js';

/** A run that is walked through, kept for the next command. */
interface Open {
  readonly key: string;
  readonly debugger: Debugger;
  /** Names of the lab's globals: the kernel's own are not shown. */
  readonly globals: ReadonlySet<string>;
}

let open: Open | undefined;

/** The run of a scenario, or the one that a schedule makes of it, at its beginning. */
function begun(ast: LabAst, choice: RunChoice, environment: Environment): Debugger {
  const { scenario: number = 0, schedule: text } = choice;
  const common = { observe: true, foldsWrites: true, maxInsns: BUDGET };
  if (text === undefined) {
    const scenario = scenariosOf(ast)[number] ?? scenariosOf(ast)[0]!;
    const options = { ...optionsOf(choice), ...common };
    return new Debugger(new Session(() => beginScenario(ast, scenario, environment, options)), scenario);
  }
  const { schedule, scenario, options: chosen } = scheduledIn(ast, choice, text);
  const options = { ...chosen, ...common };
  return new Debugger(
    new Session(() => beginReplay(ast, scenario, environment, schedule, options)),
    scenario,
  );
}

function opened(lab: LabText, ast: LabAst, choice: RunChoice, environment: Environment): Open {
  const { guard, kernel, verify, scenario = 0, schedule } = choice;
  const key = JSON.stringify([lab.text, guard, kernel, verify, scenario, schedule]);
  if (open?.key !== key) {
    const names = ast.declarations.flatMap((d) => (d.kind === 'global' ? [d.name.name] : []));
    open = { key, debugger: begun(ast, choice, environment), globals: new Set(names) };
  }
  return open;
}

/** Most elements of a global or map that are shown. */
const MOST_ELEMENTS = 16;

function go({ session }: Debugger, from: StepChoice['from']): void {
  if ('position' in from) {
    session.goTo(from.position);
    return;
  }
  if (session.events.length > from.event + 1) session.goTo(0);
  while (session.events.length <= from.event && session.forward());
}

const endOf = ({ kind }: Outcome): string =>
  kind === 'paused' ? 'the schedule ends here' : `it is over: ${kind}`;

/** Of a run that is over, what was so before its last instruction, which may be what it ended by; the run is where it was then. */
function beforeTheEnd(session: Session): View | undefined {
  let last: View | undefined;
  session.goTo(session.position - 1);
  while (session.outcome === undefined) {
    last = viewAt(session);
    session.forward();
  }
  return last;
}

function viewOf({ debugger: d, globals }: Open, reply: Reply & { readonly kind: 'stop' }): StepView {
  const { view, value } = reply;
  const { outcome } = view;
  const { at, thread, listing, registers, frames, contexts } =
    (outcome === undefined ? undefined : beforeTheEnd(d.session)) ?? view;
  const place = at === undefined ? 'nowhere' : `${at.fn}+${at.offset} (${at.kind})`;
  const result = value === undefined ? '' : `, returned ${BigInt.asIntN(64, value)}`;
  return {
    position: view.position,
    events: d.session.events.length,
    where: `${view.position} instructions · CPU ${view.cpu}, ${thread} · ${
      outcome === undefined ? '' : `${endOf(outcome)} after `
    }${place}${result}`,
    at: at?.source,
    listing: listing.map((p) => ({
      // All are of one function, which is said above.
      text: `+${p.offset}  ${p.text.replaceAll(`<${p.fn}+`, '<+')}`,
      isHere: p.slot === at?.slot,
    })),
    registers: registers.map((r) => ({
      name: r.name,
      isLost: r.isLost,
      text: oneLine(formatRegister(r)),
      changed: r.changed,
    })),
    frames: frames.map((p) => `${p.fn}+${p.offset}`),
    below: contexts
      .slice(1)
      .map((c) => (c.at === undefined ? c.name : `${c.name} at ${c.at.fn}+${c.at.offset}`)),
    data: dataOf(d.session.kernel, MOST_ELEMENTS, (name) => globals.has(name)),
  };
}

/** Goes to where the page is and carries out a command from there. */
export function stepLab(lab: LabText, choice: RunChoice, environment: Environment): Answer {
  let step: StepView | undefined;
  const answer = attempt(lab, environment, choice, (ast) => {
    const run = opened(lab, ast, choice, environment);
    const d = run.debugger;
    const { command, from } = choice.step!;
    go(d, from);
    // What has changed is what changes from here on.
    const here = d.here();
    const move = command === 'here' ? undefined : BY_INSTRUCTION[command];
    const reply = move === undefined ? here : d.here(carriedOut(move(d.session, d.breakpoints)));
    step = viewOf(run, reply);
    return [];
  });
  return step === undefined ? answer : { ...answer, step };
}
