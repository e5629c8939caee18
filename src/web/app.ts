import type { GuardWrite } from '../lab/writes.js';
import { Address, browserHost } from './address.js';
import { button, h, put } from './dom.js';
import { LabEditor } from './editor/editor.js';
import { listenToKeys } from './keyboard.js';
import { labNamed } from './labs.js';
import { pageOf } from './layout.js';
import { BenchPanel } from './panels/bench.js';
import { DifferenceLine } from './panels/difference.js';
import { ExplorePanel } from './panels/explore.js';
import { Output } from './panels/output.js';
import { Pane } from './panels/pane.js';
import { ScheduleBar } from './panels/schedule-bar.js';
import { Scrubber } from './panels/scrubber.js';
import { sourceLinesView } from './panels/source-lines.js';
import { StepPanel } from './panels/step.js';
import { OWN, Toolbar } from './panels/toolbar.js';
import { openInPerfetto } from './perfetto.js';
import { LabClient } from './protocol/client.js';
import type { Flaw, LabText, RunChoice, RunView } from './protocol/protocol.js';
import type { StepChoice, StepView } from './protocol/step.js';
import { namedIn, notesOn } from './schedule-text.js';
import { firstTrouble, summarize, summarizeReplay } from './summary.js';
import { zoomButtons } from './timeline/timeline.js';
import { Viewport } from './timeline/viewport.js';
import { canHold, notShown, type PageState, readHash, writeHash } from './url.js';

const FIRST_LAB = 'recursion';
const CHANGED = 'the text has changed: Run (Ctrl-Enter) shows what it does';

/** What is to be shown when a run is there. */
interface Wanted {
  /** The scenario; the one that is chosen, if undefined. */
  readonly scenario?: number | undefined;
  /** Or the scenario of a title, if there is one. */
  readonly title?: string | undefined;
  /** The event; the one under the cursor, if undefined. */
  readonly at?: number | undefined;
}

/** The page. Holds what is shown; everything else is told. */
export class App {
  readonly element: HTMLElement;
  readonly #client = new LabClient();
  readonly #viewport = new Viewport();
  readonly #toolbar: Toolbar;
  readonly #editor: LabEditor;
  readonly #output = new Output();
  readonly #scrubber: Scrubber;
  readonly #pane: Pane;
  readonly #other: Pane;
  readonly #place = h('div', { class: 'place-box' });
  readonly #status = h('p', { class: 'status', role: 'status' }, 'loading');
  readonly #difference: DifferenceLine;
  readonly #schedule: ScheduleBar;
  readonly #explore: ExplorePanel;
  readonly #steps: StepPanel;
  #labName = FIRST_LAB;
  /** Carried out instead of what the scenarios say. */
  #turns: string | undefined;
  #cursor = 0;
  #differs: number | undefined;
  #runs: readonly RunView[] = [];
  /** Number of the last run that was asked for: answers of earlier ones come too late. */
  #asked = 0;
  /** What is asked for and not shown yet. The address says that already, as it says what is chosen. */
  #wanted: Wanted | undefined;
  /** Whether the lab is being run, after which the scenario that is wanted will be shown. */
  #isRunning = false;
  /** What was run last, which the text may have changed since. */
  #ran: LabText | undefined;
  /** What the runs came to. */
  #summary = '';
  readonly #address = new Address(() => this.#hash(), browserHost);
  readonly #unheld = h(
    'p',
    { class: 'warn', hidden: true },
    'This is too much for an address: a link will not show it.',
  );

  constructor() {
    const rerun = (): void => void this.run();
    this.#toolbar = new Toolbar({
      pickLab: (name) => this.#pickLab(name),
      pickScenario: () => this.#pickScenario(),
      rerun,
    });
    this.#editor = new LabEditor({
      check: (text) => this.#check(text),
      run: rerun,
      changed: () => this.#edited(),
    });
    const move = (event: number): void => this.move(event);
    const jump = (w: GuardWrite, column: number): void => this.#jump(w, column);
    this.#pane = new Pane(this.#viewport, move, jump);
    this.#other = new Pane(this.#viewport, move, jump);
    this.#other.element.hidden = true;
    this.#difference = new DifferenceLine(move);
    this.#schedule = new ScheduleBar(
      (text) => this.#follow(text),
      () => this.#follow(undefined),
    );
    this.#explore = new ExplorePanel({
      lab: () => this.#lab,
      chosen: () => {
        const { guard, against, kernel } = this.#toolbar;
        return { guards: against === undefined ? [guard] : [guard, against], kernel };
      },
      open: (schedule) => this.#openFound(schedule),
    });
    this.#steps = new StepPanel({
      cursor: () => this.#cursor,
      carryOut: (step) => this.#step(step),
      moved: (view) => this.#stepped(view),
    });
    this.#scrubber = new Scrubber(
      move,
      zoomButtons(this.#viewport, () => this.#cursor + 0.5),
    );
    this.element = pageOf({
      toolbar: this.#toolbar.element,
      editor: [this.#unheld, this.#editor.element],
      perfetto: button(
        'open in Perfetto',
        'hand the trace to ui.perfetto.dev, in another tab',
        () => void this.#perfetto(),
      ),
      status: this.#status,
      seen: [
        this.#schedule.element,
        this.#scrubber.element,
        this.#difference.element,
        h('div', { class: 'panes' }, this.#pane.element, this.#other.element),
        this.#place,
      ],
      more: [this.#steps.element, this.#explore.element, this.#output.element, new BenchPanel().element],
    });
    listenToKeys({
      move,
      scrubber: this.#scrubber,
      viewport: this.#viewport,
      run: rerun,
      cursor: () => this.#cursor,
      explore: () => this.#explore.explore(),
      cancel: () => this.#explore.cancel(),
      step: (command) => void this.#steps.step(command),
    });
    addEventListener('hashchange', () => void this.start(location.hash));
    // Whoever is about to copy the address leaves the page for it.
    addEventListener('blur', () => this.#address.flush());
  }

  /** Opens what an address says. */
  async start(hash: string): Promise<void> {
    this.#address.leave();
    const { state, troubles } = readHash(hash);
    const shipped = labNamed(state.lab ?? FIRST_LAB) ?? labNamed(FIRST_LAB)!;
    const text = state.text ?? shipped.text;
    this.#labName = state.text === undefined ? shipped.name : OWN;
    this.#toolbar.labName = this.#labName;
    this.#editor.load(text);
    this.#toolbar.offerGuards(text);
    this.#toolbar.guard = state.guard;
    this.#toolbar.against = state.against;
    this.#toolbar.kernel = state.kernel;
    this.#carryOut(state.schedule);
    this.#explore.changed();
    const { scenario = 0, at = 0 } = state;
    const turn = this.#asked + 1;
    await this.run({ scenario, at });
    const { guard, against, kernel } = this.#toolbar;
    const lab = labNamed(state.lab ?? FIRST_LAB)?.name;
    const number = this.#runs.length === 0 ? state.scenario : this.#toolbar.scenario;
    const said = [...troubles, ...notShown(state, { lab, guard, against, kernel, scenario: number })];
    if (said.length > 0 && turn === this.#asked) put(this.#status, said.join('; '));
  }

  get #lab(): LabText {
    const name = this.#labName === OWN ? 'mine.bpf' : `programs/${this.#labName}.bpf`;
    return { name, text: this.#editor.text };
  }

  #choice(guard: string | undefined): RunChoice {
    const schedule = this.#turns;
    return { guard, kernel: this.#toolbar.kernel, ...(schedule !== undefined && { schedule }) };
  }

  async #check(text: string): Promise<readonly Flaw[]> {
    const answer = await this.#client.ask('check', { ...this.#lab, text }, this.#choice(this.#toolbar.guard));
    return answer.flaws;
  }

  #pickLab(name: string): void {
    const lab = labNamed(name);
    if (lab === undefined) return;
    this.#labName = name;
    this.#editor.load(lab.text);
    this.#toolbar.labName = name;
    this.#toolbar.offerGuards(lab.text);
    this.#carryOut(undefined);
    this.#explore.changed();
    void this.run({ scenario: 0, at: 0 });
  }

  #pickScenario(): void {
    this.#wanted = { scenario: this.#toolbar.scenario, at: 0 };
    this.#address.chosen();
    if (!this.#isRunning) void this.#compare();
  }

  /** A schedule instead of what the scenarios say, or no longer one. */
  #carryOut(schedule: string | undefined): void {
    this.#turns = schedule;
    this.#schedule.show(schedule);
  }

  /** Carries out a schedule, under the guard it names; without one the lab runs as it is written. */
  #follow(schedule: string | undefined, at = 0): Promise<void> {
    const title = this.#turns === undefined ? undefined : this.#runs[0]?.title;
    this.#carryOut(schedule);
    if (schedule !== undefined) {
      this.#toolbar.guard = namedIn(schedule, 'guard');
      if (this.#toolbar.kernel !== undefined) this.#toolbar.kernel = namedIn(schedule, 'kernel');
    }
    return this.run({ scenario: 0, at, title });
  }

  /** A schedule that exploration has found: what it breaks is seen where it ends. */
  async #openFound(schedule: string): Promise<void> {
    await this.#follow(schedule, Infinity);
    this.#schedule.element.scrollIntoView({ block: 'nearest' });
    this.#scrubber.focus();
  }

  #edited(): void {
    if (this.#labName !== OWN) {
      this.#labName = OWN;
      this.#toolbar.labName = OWN;
    }
    this.#toolbar.offerGuards(this.#editor.text);
    this.#explore.changed();
    this.#steps.forget();
    put(this.#status, CHANGED);
    this.#address.typed();
  }

  /** Runs the lab with the chosen guard, and with the one to compare with. */
  async run(wanted: Wanted = {}): Promise<void> {
    this.#asked += 1;
    const turn = this.#asked;
    this.#wanted = { scenario: this.#toolbar.scenario, ...wanted };
    this.#isRunning = true;
    put(this.#status, 'running');
    this.#steps.forget();
    this.#address.chosen();
    const lab = this.#lab;
    const answer = await this.#client.ask('run', lab, this.#choice(this.#toolbar.guard));
    if (turn !== this.#asked) return;
    this.#isRunning = false;
    this.#runs = answer.runs;
    this.#ran = lab;
    this.#output.show(answer, lab.name.replace(/^.*\/|\.bpf$/g, ''));
    if (this.#turns !== undefined) {
      this.#toolbar.offerScheduled(answer.runs[0]);
      this.#summary = summarizeReplay(answer, this.#turns);
      await this.#compare();
      return;
    }
    const { title, scenario = 0 } = this.#wanted;
    const titled = title === undefined ? -1 : answer.runs.findIndex((r) => r.title === title);
    const most = Math.max(0, answer.runs.length - 1);
    this.#toolbar.offerScenarios(answer.runs, titled < 0 ? Math.min(scenario, most) : titled);
    this.#summary = summarize(answer);
    await this.#compare();
  }

  /** Shows the chosen scenario, beside it as the guard to compare with decides it. */
  async #compare(): Promise<void> {
    const { against, scenario } = this.#toolbar;
    const turn = this.#asked;
    const view = this.#runs[scenario];
    if (against === undefined || view === undefined) {
      this.#show(view, undefined);
      this.#say(this.#summary);
      return;
    }
    put(this.#status, 'running');
    this.#wanted = { ...this.#wanted, scenario };
    const answer = await this.#client.ask('run', this.#ran!, { ...this.#choice(against), scenario });
    if (turn !== this.#asked || scenario !== this.#toolbar.scenario) return;
    const other = answer.runs[0];
    this.#show(view, other);
    if (other === undefined) this.#difference.refuse(against, firstTrouble(answer.flaws, 'nothing has run'));
    this.#say(other === undefined ? `${this.#summary}; there is nothing to compare with` : this.#summary);
  }

  /** Says what the runs came to, unless the text is another one by now. */
  #say(what: string): void {
    put(this.#status, this.#isChanged ? CHANGED : what);
  }

  get #isChanged(): boolean {
    return this.#ran?.text !== this.#editor.text;
  }

  #show(view: RunView | undefined, other: RunView | undefined): void {
    const { at = this.#cursor } = this.#wanted ?? {};
    this.#wanted = undefined;
    this.#pane.show(view);
    this.#other.show(other, view);
    this.#steps.forget();
    this.#other.element.hidden = other === undefined;
    this.element.classList.toggle('comparing', other !== undefined);
    this.#differs = this.#difference.show(view, other);
    this.#viewport.reset(this.#length, this.#pane.timeline.most);
    put(this.#place);
    this.#point(at);
    this.#address.chosen();
  }

  get #length(): number {
    return Math.max(this.#pane.columns, this.#other.columns);
  }

  /** Puts the cursor on an event, or the nearest there is. */
  move(event: number): void {
    this.#point(event);
    this.#address.moved();
  }

  #point(event: number): void {
    this.#cursor = Math.max(0, Math.min(event, this.#length - 1));
    const events = this.#pane.view?.events ?? [];
    const own = Math.min(this.#cursor, Math.max(0, events.length - 1));
    this.#scrubber.show(events, own, notesOn(this.#pane.view, this.#turns));
    this.#pane.point(this.#cursor, this.#differs);
    this.#other.point(this.#cursor, this.#differs);
    this.#viewport.reveal(this.#cursor);
  }

  /** To what wrote a value: the event that came next, and the instruction. */
  #jump(w: GuardWrite, column: number): void {
    this.move(column);
    put(this.#place, sourceLinesView(w));
    const { span } = w.insn;
    if (span !== undefined && span.source.text === this.#editor.text)
      this.#editor.select(span.start, span.end);
  }

  /** A client of its own: its worker keeps the run between two steps, whatever else is asked for. */
  #stepper: LabClient | undefined;

  async #step(step: StepChoice): Promise<StepView | string> {
    if (this.#pane.view === undefined || this.#ran === undefined) return 'there is no run to go through';
    this.#stepper ??= new LabClient();
    const { scenario } = this.#toolbar;
    const choice = { ...this.#choice(this.#toolbar.guard), scenario, step };
    const answer = await this.#stepper.ask('step', this.#ran, choice);
    return answer.step ?? firstTrouble(answer.flaws, 'nothing has run');
  }

  #stepped({ events, at }: StepView): void {
    this.move(Math.max(0, events - 1));
    if (at !== undefined && at.file === this.#ran?.name && !this.#isChanged) this.#editor.selectLine(at.line);
  }

  /** Gives the trace of all scenarios to Perfetto's page, which is all that ever leaves this one. */
  async #perfetto(): Promise<void> {
    const lab = this.#ran ?? this.#lab;
    const trace = this.#client.ask('trace', lab, this.#choice(this.#toolbar.guard)).then((a) => a.trace);
    const how = await openInPerfetto(trace, lab.name);
    if (how === 'blocked') put(this.#status, 'the browser does not let another tab be opened');
    if (how === 'silent') put(this.#status, 'ui.perfetto.dev did not answer, or there is no trace');
  }

  #hash(): string {
    const { state } = this;
    const large = [state.text, state.schedule].some((text) => text !== undefined && !canHold(text));
    this.#unheld.hidden = !large;
    return writeHash(state);
  }

  get state(): PageState {
    const { guard, against, kernel } = this.#toolbar;
    const { scenario = this.#toolbar.scenario, at = this.#cursor } = this.#wanted ?? {};
    return {
      ...(this.#labName === OWN ? { text: this.#editor.text } : { lab: this.#labName }),
      ...(guard !== undefined && { guard }),
      ...(kernel !== undefined && { kernel }),
      ...(against !== undefined && { against }),
      ...(scenario !== 0 && { scenario }),
      ...(this.#turns !== undefined && { schedule: this.#turns }),
      // The end of a run is known when it is there.
      ...(at !== 0 && Number.isFinite(at) && { at }),
    };
  }
}
