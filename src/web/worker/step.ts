import type { Environment } from '../../lab/environment.js';
import { beginScenario, scenariosOf } from '../../lab/run.js';
import { Debugger } from '../../lab/step/debugger.js';
import type { Reply } from '../../lab/step/reply.js';
import { Session } from '../../lab/step/session.js';
import { formatReply } from '../../report/step.js';
import type { LabAst } from '../../syntax/lab-ast.js';
import { type Answer, BUDGET, type LabText, type RunChoice } from '../protocol.js';
import type { StepChoice, StepView } from '../step-protocol.js';
import { attempt, optionsOf } from './run.js';

/** A run that is walked through, kept for the next command. */
interface Open {
  readonly key: string;
  readonly debugger: Debugger;
}

let open: Open | undefined;

function opened(lab: LabText, ast: LabAst, choice: RunChoice, environment: Environment): Debugger {
  const { guard, kernel, scenario = 0 } = choice;
  const key = JSON.stringify([lab.text, guard, kernel, scenario]);
  if (open?.key === key) return open.debugger;
  const chosen = scenariosOf(ast)[scenario] ?? scenariosOf(ast)[0]!;
  const options = { ...optionsOf(choice), observe: true, maxInsns: BUDGET };
  const session = new Session(() => beginScenario(ast, chosen, environment, options));
  open = { key, debugger: new Debugger(session, chosen) };
  return open.debugger;
}

function go({ session }: Debugger, from: StepChoice['from']): void {
  if ('position' in from) {
    session.goTo(from.position);
    return;
  }
  if (session.events.length !== from.event + 1) session.goTo(0);
  while (session.events.length <= from.event && session.forward());
}

function viewOf(d: Debugger, reply: Reply & { readonly kind: 'stop' }): StepView {
  const { view, value } = reply;
  const { at, outcome } = view;
  const place = at === undefined ? 'nowhere' : `${at.fn}+${at.offset} (${at.kind})`;
  const result = value === undefined ? '' : `, returned ${BigInt.asIntN(64, value)}`;
  return {
    position: view.position,
    events: d.session.events.length,
    where: `${view.position} instructions · CPU ${view.cpu}, ${view.thread} · ${
      outcome === undefined ? place : `it is over: ${outcome.kind}`
    }${result}`,
    at: outcome === undefined ? at?.source : undefined,
    listing: view.listing.map((p) => ({
      text: `${p.fn}+${p.offset}  ${p.text}`,
      isHere: p.slot === at?.slot,
    })),
    registers: view.registers.map((r) => ({
      text: formatReply({ kind: 'registers', registers: [r] }),
      changed: r.changed,
    })),
  };
}

/** Goes to where the page stands and carries out a command from there. */
export function stepLab(lab: LabText, choice: RunChoice, environment: Environment): Answer {
  let step: StepView | undefined;
  const answer = attempt(lab, (ast) => {
    const d = opened(lab, ast, choice, environment);
    const { command, from } = choice.step!;
    go(d, from);
    // What has changed is what changes from here on.
    const here = d.here();
    const reply = command === 'here' ? here : d.run(command);
    if (reply.kind === 'stop') step = viewOf(d, reply);
    return [];
  });
  return step === undefined ? answer : { ...answer, step };
}
