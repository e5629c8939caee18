import { MODELS } from '../../kernel/model.js';
import { tellingOf } from '../answer.js';
import { button, field, h, offer } from '../dom.js';
import { guardsIn, SHIPPED_GUARDS, SHIPPED_LABS } from '../labs.js';
import { VERIFY, type Verify } from '../protocol/choice.js';
import type { ExploreChoice } from '../protocol/explore.js';
import type { RunView } from '../protocol/protocol.js';

/** The value of a select that leaves it to the lab. */
const LAB_SAYS = '';
/** The menu's entry for a text that is not one of the shipped labs. */
export const OWN = '';

export interface ToolbarActions {
  readonly pickLab: (name: string) => void;
  readonly pickScenario: () => void;
  readonly rerun: () => void;
}

/** Where nothing was expected of the run, nothing held: what there is to say of every schedule, exploration says. */
function markOf({ passed, expects }: RunView): string {
  if (!passed) return '✗ ';
  return expects.length === 0 ? '' : '✓ ';
}

/** What is run, and how. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #lab;
  readonly #scenario;
  readonly #guard;
  readonly #against;
  readonly #kernel;
  readonly #verify;
  /** What a text is called that is not one of the shipped labs. */
  #own = '';
  #telling = 0;
  #runs: readonly RunView[] = [];

  constructor(actions: ToolbarActions) {
    this.#lab = field('lab', 'lab', () => actions.pickLab(this.#lab.select.value));
    this.#scenario = field('scenario', 'scenario', actions.pickScenario);
    this.#guard = field('guard', 'guard', actions.rerun);
    this.#against = field('compare with', 'against', actions.rerun);
    this.#kernel = field('kernel', 'kernel', actions.rerun);
    this.#verify = field('verify', 'verify', actions.rerun);
    const run = button('Run', 'run the lab (Ctrl-Enter)', actions.rerun, { id: 'run', class: 'main' });
    this.element = h(
      'div',
      { class: 'toolbar' },
      ...[this.#lab, this.#scenario, this.#guard, this.#against, this.#kernel, this.#verify].map(
        (f) => f.label,
      ),
      run,
    );
    this.nameLab(OWN);
    this.offerGuards('');
    const offerNames = (select: HTMLSelectElement, names: readonly string[]): void => {
      const choices = names.map((name) => ({ value: name, label: name }));
      offer(select, [{ value: LAB_SAYS, label: 'as the lab says' }, ...choices], LAB_SAYS);
    };
    offerNames(
      this.#kernel.select,
      MODELS.map(({ name }) => name),
    );
    offerNames(this.#verify.select, VERIFY);
    this.offerScenarios([], 0);
  }

  /** Chooses a lab; `own` is what it is called where it is not a shipped one. */
  nameLab(name: string, own = 'your own text'): void {
    this.#own = own;
    const labs = SHIPPED_LABS.map(({ name, subject, summary }) => ({
      value: name,
      label: summary === '' ? name : `${name}: ${summary}`,
      ...(subject !== undefined && { group: subject }),
    }));
    offer(this.#lab.select, name === OWN ? [{ value: OWN, label: this.#own }, ...labs] : labs, name);
  }

  /** Guards that there are, and those that the lab declares. */
  offerGuards(text: string): void {
    const names = [...new Set([...SHIPPED_GUARDS, ...guardsIn(text)])].map((name) => ({
      value: name,
      label: name,
    }));
    const { guard, against } = this;
    offer(this.#guard.select, [{ value: LAB_SAYS, label: 'as the lab says' }, ...names], guard ?? LAB_SAYS);
    offer(this.#against.select, [{ value: LAB_SAYS, label: 'nothing' }, ...names], against ?? LAB_SAYS);
  }

  /** A schedule is of one scenario: the only one on offer while it is carried out. */
  offerScheduled(run: RunView | undefined): void {
    this.#runs = run === undefined ? [] : [run];
    const label =
      run === undefined ? 'none' : `of the schedule${run.title === undefined ? '' : `: ${run.title}`}`;
    offer(this.#scenario.select, [{ value: '0', label }], '0');
    this.#scenario.select.disabled = true;
  }

  /** The first scenario that has a refusal or a broken promise; the first of all, if none has. */
  get telling(): number {
    return this.#telling;
  }

  /** That another scenario than the first is shown by itself, and why. */
  get saidOfTelling(): string {
    return this.#telling === 0
      ? ''
      : `; scenario ${this.#telling + 1} is shown, the first that has an answer`;
  }

  offerScenarios(runs: readonly RunView[], wanted: number | 'telling'): void {
    this.#runs = runs;
    this.#telling = tellingOf(runs);
    const chosen = wanted === 'telling' ? this.#telling : wanted;
    const choices = runs.map((run, i) => ({
      value: String(i),
      label: `${markOf(run)}${i + 1}${run.title === undefined ? '' : `: ${run.title}`}`,
    }));
    const none = [{ value: '0', label: 'none' }];
    const last = Math.max(0, runs.length - 1);
    offer(this.#scenario.select, choices.length === 0 ? none : choices, String(Math.min(chosen, last)));
    this.#scenario.select.disabled = choices.length === 0;
  }

  get scenario(): number {
    return Number(this.#scenario.select.value);
  }

  get guard(): string | undefined {
    return this.#guard.select.value || undefined;
  }

  set guard(name: string | undefined) {
    this.#choose(this.#guard.select, name);
  }

  /** Guards, kernel and whether Linux is asked, where not the lab says them. */
  get chosen(): Pick<ExploreChoice, 'kernel' | 'verify'> & {
    readonly guards: readonly (string | undefined)[];
  } {
    const { guard, against, kernel, verify } = this;
    return { guards: against === undefined ? [guard] : [guard, against], kernel, verify };
  }

  /** What is chosen, and not left to the lab. */
  get said(): Readonly<Partial<Record<'guard' | 'against' | 'kernel' | 'verify', string>>> {
    const { guard, against, kernel, verify } = this;
    const all = Object.entries({ guard, against, kernel, verify });
    return Object.fromEntries(all.filter(([, value]) => value !== undefined));
  }

  /** The guards that are shown. */
  get shown(): readonly string[] {
    const guards = [this.guard ?? this.#runs[this.scenario]?.guard, this.against];
    return [...new Set(guards.filter((guard) => guard !== undefined))];
  }

  get against(): string | undefined {
    return this.#against.select.value || undefined;
  }

  set against(name: string | undefined) {
    this.#choose(this.#against.select, name);
  }

  get kernel(): string | undefined {
    return this.#kernel.select.value || undefined;
  }

  get verify(): Verify | undefined {
    const { value } = this.#verify.select;
    return VERIFY.find((one) => one === value);
  }

  /** Chooses guards, kernel and whether Linux is asked, where there are such, and leaves it to the lab where not. */
  choose({
    guard,
    against,
    kernel,
    verify,
  }: Readonly<Partial<Record<'guard' | 'against' | 'kernel' | 'verify', string>>>): void {
    this.guard = guard;
    this.against = against;
    this.kernel = kernel;
    this.#choose(this.#verify.select, verify);
  }

  set kernel(name: string | undefined) {
    this.#choose(this.#kernel.select, name);
  }

  #choose(select: HTMLSelectElement, name: string | undefined): void {
    const known = [...select.options].some((o) => o.value === name);
    select.value = known && name !== undefined ? name : LAB_SAYS;
  }
}
