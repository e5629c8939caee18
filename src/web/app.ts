import type { GuardWrite } from '../lab/writes.js';
import { BenchPanel } from './bench-panel.js';
import { LabClient } from './client.js';
import { DifferenceLine } from './difference.js';
import { button, h } from './dom.js';
import { LabEditor } from './editor/editor.js';
import { ExplorePanel } from './explore-panel.js';
import { listenToKeys } from './keys.js';
import { labNamed } from './labs.js';
import { Output } from './output.js';
import { Pane } from './pane.js';
import { openInPerfetto } from './perfetto.js';
import { placeView } from './place.js';
import type { Flaw, LabText, RunChoice, RunView } from './protocol.js';
import { ScheduleBar } from './schedule-bar.js';
import { brokenBy, namedIn } from './schedule-text.js';
import { Scrubber } from './scrubber.js';
import { StepPanel } from './step-panel.js';
import type { StepChoice, StepView } from './step-protocol.js';
import { firstTrouble, summarize, summarizeReplay } from './summary.js';
import { zoomButtons } from './timeline/timeline.js';
import { Viewport } from './timeline/viewport.js';
import { OWN, Toolbar } from './toolbar.js';
import { type PageState, readHash, writeHash } from './url.js';

const FIRST_LAB = 'recursion';
/** How long the address waits for more changes, in milliseconds: browsers allow only so many. */
const SETTLED = 250;

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
  #saving = 0;

  constructor() {
    const rerun = (): void => void this.run();
    this.#toolbar = new Toolbar({
      pickLab: (name) => this.#pickLab(name),
      pickScenario: () => void this.#compare(0),
      rerun,
    });
    this.#editor = new LabEditor({
      check: (text) => this.#check(text),
      run: rerun,
      changed: () => this.#edited(),
    });
    const move = (event: number): void => this.move(event);
    const jump = (w: GuardWrite, view: RunView): void => this.#jump(w, view);
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
    this.element = h(
      'div',
      { class: 'page' },
      h(
        'header',
        {},
        h('h1', {}, 'tinybpf'),
        h('p', { class: 'tagline' }, 'What happens when a BPF program would re-enter itself?'),
      ),
      h('nav', { 'aria-label': 'what is run' }, this.#toolbar.element),
      h(
        'main',
        {},
        h('section', { class: 'source' }, h('h2', {}, 'Lab'), this.#editor.element),
        h(
          'section',
          { class: 'seen' },
          h(
            'div',
            { class: 'controls' },
            h('h2', {}, 'Timeline'),
            button(
              'open in Perfetto',
              'hand the trace to ui.perfetto.dev, in another tab',
              () => void this.#perfetto(),
            ),
            this.#status,
          ),
          this.#schedule.element,
          this.#scrubber.element,
          this.#difference.element,
          h('div', { class: 'panes' }, this.#pane.element, this.#other.element),
          this.#place,
        ),
        this.#steps.element,
        this.#explore.element,
        this.#output.element,
        new BenchPanel().element,
      ),
      h(
        'footer',
        {},
        'Everything runs in this page; nothing is sent anywhere unless you open it in Perfetto. Keys: Ctrl-Enter runs, ← → step, n p go to refusals, + − 0 zoom, Home End, s o f step, over and out of a function (Shift: back), e explores, Escape cancels.',
      ),
    );
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
  }

  /** Opens what an address says. */
  async start(hash: string): Promise<void> {
    this.#status.textContent = 'loading';
    const { state, trouble } = await readHash(hash);
    const shipped = labNamed(state.lab ?? FIRST_LAB) ?? labNamed(FIRST_LAB)!;
    const text = state.text ?? shipped.text;
    this.#labName = state.text === undefined ? shipped.name : OWN;
    this.#toolbar.labName = this.#labName;
    this.#editor.load(text);
    this.#toolbar.offerGuards(text);
    this.#toolbar.guard = state.guard;
    this.#toolbar.against = state.against;
    this.#toolbar.kernel = state.kernel;
    this.#turns = state.schedule;
    await this.run(state);
    if (trouble !== undefined) this.#status.textContent = trouble;
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
    this.#turns = undefined;
    this.#explore.changed();
    void this.run({ scenario: 0, at: 0 });
  }

  /** Carries out a schedule, under the guard it names; without one the lab runs as it is written. */
  #follow(schedule: string | undefined, at = 0): Promise<void> {
    const shown = this.#turns === undefined ? undefined : this.#runs[0]?.title;
    this.#turns = schedule;
    if (schedule !== undefined) {
      this.#toolbar.guard = namedIn(schedule, 'guard');
      if (this.#toolbar.kernel !== undefined) this.#toolbar.kernel = namedIn(schedule, 'kernel');
    }
    return this.run({ scenario: 0, at }, shown);
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
    this.#status.textContent = 'the text has changed: Run (Ctrl-Enter) shows what it does';
    this.#save();
  }

  /** Runs the lab with the chosen guard, and with the one to compare with; shows the scenario of a title, if one is given. */
  async run(
    state: PageState = { scenario: this.#toolbar.scenario, at: this.#cursor },
    title?: string,
  ): Promise<void> {
    this.#asked += 1;
    const turn = this.#asked;
    this.#status.textContent = 'running';
    this.#steps.forget();
    const lab = this.#lab;
    const answer = await this.#client.ask('run', lab, this.#choice(this.#toolbar.guard));
    if (turn !== this.#asked) return;
    this.#runs = answer.runs;
    this.#output.show(answer, lab.name.replace(/^.*\/|\.bpf$/g, ''));
    this.#schedule.show(this.#turns);
    if (this.#turns !== undefined) {
      this.#toolbar.offerScheduled(answer.runs[0]);
      await this.#compare(state.at ?? 0, summarizeReplay(answer, this.#turns));
      return;
    }
    const titled = title === undefined ? -1 : answer.runs.findIndex((r) => r.title === title);
    const wanted = titled < 0 ? (state.scenario ?? 0) : titled;
    const scenario = Math.min(wanted, Math.max(0, answer.runs.length - 1));
    this.#toolbar.offerScenarios(answer.runs, scenario);
    await this.#compare(state.at ?? 0, summarize(answer));
  }

  /** Shows the chosen scenario, beside it as the guard to compare with decides it. */
  async #compare(at: number, status = this.#status.textContent ?? ''): Promise<void> {
    const { against, scenario } = this.#toolbar;
    const turn = this.#asked;
    const view = this.#runs[scenario];
    if (against === undefined || view === undefined) {
      this.#show(view, undefined, at);
      this.#status.textContent = status;
      return;
    }
    const answer = await this.#client.ask('run', this.#lab, { ...this.#choice(against), scenario });
    if (turn !== this.#asked || scenario !== this.#toolbar.scenario) return;
    const other = answer.runs[0];
    this.#show(view, other, at);
    if (other === undefined) this.#difference.refuse(against, firstTrouble(answer.flaws, 'nothing has run'));
    this.#status.textContent = other === undefined ? `${status}; there is nothing to compare with` : status;
  }

  #show(view: RunView | undefined, other: RunView | undefined, at: number): void {
    this.#pane.show(view);
    this.#other.show(other);
    this.#steps.forget();
    this.#other.element.hidden = other === undefined;
    this.element.classList.toggle('comparing', other !== undefined);
    this.#differs = this.#difference.show(view, other);
    this.#viewport.reset(this.#length, this.#pane.timeline.most);
    this.#place.replaceChildren();
    this.move(at);
  }

  get #length(): number {
    return Math.max(this.#pane.view?.events.length ?? 0, this.#other.view?.events.length ?? 0);
  }

  /** What is to be said of the last event. */
  get #ending(): string {
    const { view } = this.#pane;
    if (this.#turns === undefined || view === undefined) return '';
    const broken = brokenBy(this.#turns, view);
    return ` · the schedule ends here${broken === undefined ? '' : `: it breaks ${broken}`}`;
  }

  /** Puts the cursor on an event, or the nearest there is. */
  move(event: number): void {
    this.#cursor = Math.max(0, Math.min(event, this.#length - 1));
    const events = this.#pane.view?.events ?? [];
    const recorded = this.#pane.view?.recorded ?? 0;
    const note = recorded > events.length ? ` (the first of ${recorded})` : '';
    const own = Math.min(this.#cursor, Math.max(0, events.length - 1));
    this.#scrubber.show(events, own, { note, ending: recorded > events.length ? '' : this.#ending });
    this.#pane.point(this.#cursor, this.#differs);
    this.#other.point(this.#cursor, this.#differs);
    this.#viewport.reveal(this.#cursor);
    this.#save();
  }

  /** To what wrote a value: the event that came next, and the instruction. */
  #jump(w: GuardWrite, view: RunView): void {
    this.move(Math.min(w.event, view.events.length - 1));
    this.#place.replaceChildren(placeView(w));
    const { span } = w.insn;
    if (span !== undefined && span.source.text === this.#editor.text)
      this.#editor.select(span.start, span.end);
  }

  /** A client of its own: its worker keeps the run between two steps, whatever else is asked for. */
  #stepper: LabClient | undefined;

  async #step(step: StepChoice): Promise<StepView | string> {
    if (this.#pane.view === undefined) return 'there is no run to go through';
    this.#stepper ??= new LabClient();
    const { scenario } = this.#toolbar;
    const choice = { ...this.#choice(this.#toolbar.guard), scenario, step };
    const answer = await this.#stepper.ask('step', this.#lab, choice);
    return answer.step ?? firstTrouble(answer.flaws, 'nothing has run');
  }

  #stepped({ events, at }: StepView): void {
    this.move(Math.max(0, events - 1));
    if (at?.file === this.#lab.name) this.#editor.selectLine(at.line);
  }

  /** Gives the trace of all scenarios to Perfetto's page, which is all that ever leaves this one. */
  async #perfetto(): Promise<void> {
    const lab = this.#lab;
    const trace = this.#client.ask('trace', lab, this.#choice(this.#toolbar.guard)).then((a) => a.trace);
    const how = await openInPerfetto(trace, lab.name);
    if (how === 'blocked') this.#status.textContent = 'the browser does not let another tab be opened';
    if (how === 'silent') this.#status.textContent = 'ui.perfetto.dev did not answer, or there is no trace';
  }

  get state(): PageState {
    const { guard, against, kernel, scenario } = this.#toolbar;
    return {
      ...(this.#labName === OWN ? { text: this.#editor.text } : { lab: this.#labName }),
      ...(guard !== undefined && { guard }),
      ...(kernel !== undefined && { kernel }),
      ...(against !== undefined && { against }),
      ...(scenario !== 0 && { scenario }),
      ...(this.#turns !== undefined && { schedule: this.#turns }),
      ...(this.#cursor !== 0 && { at: this.#cursor }),
    };
  }

  /** Writes what is shown into the address, without another entry in the history. */
  #save(): void {
    clearTimeout(this.#saving);
    this.#saving = window.setTimeout(async () => {
      history.replaceState(null, '', await writeHash(this.state));
    }, SETTLED);
  }
}
