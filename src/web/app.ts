import type { GuardWrite } from '../lab/writes.js';
import { Address, browserHost } from './address.js';
import { h, put } from './dom.js';
import { guardIn, type OpenedFile, textWith } from './files.js';
import { Guide } from './guide.js';
import { listenToKeys } from './keyboard.js';
import { askedLab, labNamed } from './labs.js';
import { pageOf } from './layout.js';
import { labState, openedBy, scenarioOf, toBeChanged, type Wanted } from './opened.js';
import type { Page } from './page.js';
import { BenchPanel } from './panels/bench.js';
import { CoursePanel } from './panels/course.js';
import { ExplorePanel } from './panels/explore.js';
import { LabPane } from './panels/lab-pane.js';
import { Modes } from './panels/modes.js';
import { Output } from './panels/output.js';
import { ScheduleBar } from './panels/schedule-bar.js';
import { shareButtons } from './panels/share.js';
import { ShownRun } from './panels/shown-run.js';
import { OWN, Toolbar } from './panels/toolbar.js';
import { perfettoButton } from './perfetto.js';
import { LabClient, Stepper } from './protocol/client.js';
import type { Answer, Flaw, LabText, RunChoice, RunView } from './protocol/protocol.js';
import type { StepChoice, StepView } from './protocol/step.js';
import { namedIn } from './schedule-text.js';
import './style/index.css';
import { firstTrouble, notesOn, summarize, summarizeReplay } from './summary.js';
import { isHeld, notShown, type PageState, writeHash } from './url.js';

const CHANGED = 'the text has changed: Run (Ctrl-Enter) shows what it does';

/** The page. Holds what is shown; everything else is told. */
export class App implements Page {
  readonly element: HTMLElement;
  readonly #client = new LabClient();
  readonly #stepper = new Stepper();
  readonly #toolbar: Toolbar;
  readonly #pane: LabPane;
  readonly #output: Output;
  readonly #status = h('p', { class: 'status', role: 'status' }, 'loading');
  readonly #schedule: ScheduleBar;
  readonly #explore: ExplorePanel;
  readonly #shown: ShownRun;
  readonly #modes: Modes;
  readonly #course = new CoursePanel({ close: () => this.#closeCourse(), lab: () => this.#pane.lab });
  /** Carried out instead of what the scenarios say. */
  #turns: string | undefined;
  /** The moment of a schedule that was asked for last. */
  #position = 0;
  #answer: Pick<Answer, 'runs' | 'breaks'> = { runs: [] };
  /** Number of the last run that was asked for: answers of earlier ones come too late. */
  #asked = 0;
  /** Number of the address that was opened last. */
  #opening = 0;
  /** What is asked for and not shown yet. The address says that already, as it says what is chosen. */
  #wanted: Wanted | undefined;
  /** Whether the lab is being run, after which the scenario that is wanted will be shown. */
  #isRunning = false;
  /** What was run last, which the text may have changed since. */
  #ran: LabText | undefined;
  /** What the runs came to. */
  #summary = '';
  readonly #address = new Address(() => this.#hash(), browserHost);
  readonly #guide = new Guide(this.#address, {
    opened: (file) => this.#open(file),
    pickGuard: (name) => {
      this.#toolbar.guard = name;
      void this.run();
    },
  });

  constructor() {
    const rerun = (): void => void this.run();
    const say = (what: string): void => put(this.#status, what);
    const shared = () => ({ state: this.state, pane: this.#pane, guards: this.#toolbar.shown });
    this.#toolbar = new Toolbar({
      pickLab: (name) => this.#pickLab(name),
      pickScenario: () => this.#pickScenario(),
      rerun,
    });
    this.#pane = new LabPane({
      check: (text) => this.#check(text),
      run: rerun,
      changed: () => this.#edited(),
      opened: (file) => this.#open(file),
      trouble: say,
      links: shareButtons(shared, this.#client),
    });
    this.#schedule = new ScheduleBar((text) => void this.#follow(text));
    this.#explore = new ExplorePanel({
      lab: () => this.#pane.lab,
      chosen: () => this.#toolbar.chosen,
      open: (schedule) => void this.#openFound(schedule),
      at: (schedule, position) => void this.#showMoment(schedule, position),
    });
    this.#shown = new ShownRun(
      {
        moved: () => this.#address.moved(),
        carryOut: (step) => this.#step(step),
        stepped: (view) => this.#stepped(view),
        wrote: (w) => this.#selectWriter(w),
        notesOn: (view) => notesOn(view, this.#turns, this.#answer.breaks),
        next: { another: () => this.#another(), explore: () => this.#everySchedule() },
      },
      this.#schedule.element,
    );
    this.#output = new Output(perfettoButton(() => this.#trace(), say));
    this.#modes = new Modes(
      {
        run: [this.#shown.element, this.#output.element],
        explore: [this.#explore.element],
        cost: [new BenchPanel().element],
      },
      () => this.#address.chosen(),
    );
    this.element = pageOf({
      toolbar: this.#toolbar.element,
      links: [this.#course.button, ...this.#guide.links],
      above: this.#guide.element,
      editor: [this.#course.element, ...this.#pane.parts],
      tabs: [this.#modes.tabs, this.#status],
      modes: Object.values(this.#modes.panels),
      moment: [this.#shown.moment],
    });
    listenToKeys({
      shown: this.#shown,
      whole: {
        run: rerun,
        explore: () => this.#everySchedule(),
        cancel: () => this.#explore.cancel(),
        search: () => this.#guide.search.focus(),
      },
    });
    addEventListener('hashchange', () => void this.go(location.hash));
    // Whoever is about to copy the address leaves the page for it.
    addEventListener('blur', () => this.#address.flush());
  }

  /** Goes where an address leads: to the help, back to the laboratory, or to something else in it. */
  async go(hash: string): Promise<void> {
    const isFirst = this.#opening === 0;
    const isTaken = this.#guide.takes(hash, isFirst);
    if (isFirst || !isTaken) await this.#start(isTaken ? '' : hash);
  }

  /** Opens what an address says. */
  async #start(hash: string): Promise<void> {
    this.#address.leave();
    const opening = ++this.#opening;
    put(this.#status, 'loading');
    const { state, lesson, lab, text, mode, troubles } = await openedBy(hash);
    if (opening !== this.#opening) return;
    this.#course.show(lesson);
    this.#load(lab?.name ?? OWN, text, lesson && toBeChanged(lesson, text));
    this.#toolbar.choose(state);
    this.#carryOut(state.schedule);
    this.#explore.changed();
    this.#modes.mode = mode;
    const { at, scenario = lesson === undefined && at === undefined ? 'telling' : 0 } = state;
    const turn = this.#asked + 1;
    await this.run(at === undefined ? { scenario, isFresh: true } : { scenario, at });
    const { guard, against, kernel, verify } = this.#toolbar;
    const isOpen = this.#answer.runs.length > 0 && state.scenario !== undefined;
    const number = isOpen ? this.#toolbar.scenario : state.scenario;
    const shown = { lab: askedLab(state)?.name, guard, against, kernel, verify, scenario: number };
    const said = [...troubles, ...notShown(state, shown)];
    if (said.length > 0 && turn === this.#asked) put(this.#status, said.join('; '));
  }

  #choice(guard = this.#toolbar.guard): RunChoice {
    const schedule = this.#turns;
    const { kernel, verify } = this.#toolbar;
    return { guard, kernel, verify, ...(schedule !== undefined && { schedule }) };
  }

  /** Linux is asked once something has been shown: what answers is loaded for it. */
  async #check(text: string): Promise<readonly Flaw[]> {
    const choice = { ...this.#choice(), asksLinux: this.#ran !== undefined };
    const answer = await this.#client.ask('check', { ...this.#pane.lab, text }, choice);
    const shown = this.#ran?.text === text ? this.#answer.runs.flatMap((run) => run.flaws) : [];
    return [...answer.flaws, ...shown];
  }

  #load(name: string, text: string, from?: number): void {
    this.#pane.load(name, text, from);
    this.#nameLab();
    this.#toolbar.offerGuards(text);
  }

  #nameLab(): void {
    const { lesson } = this.#course;
    this.#toolbar.nameLab(this.#pane.name, lesson && `lesson ${lesson.number}: ${lesson.title}`);
  }

  #closeCourse(): void {
    this.#course.show(undefined);
    this.#nameLab();
    this.#address.chosen();
  }

  #pickLab(name: string): void {
    const lab = labNamed(name);
    if (lab === undefined) return;
    this.#course.show(undefined);
    this.#load(name, lab.text);
    this.#carryOut(undefined);
    this.#explore.changed();
    void this.run({ scenario: 'telling', isFresh: true });
  }

  /** What was opened from a file: a text of one's own, something for the lab that is there, or what to carry out. */
  #open({ kind, name, bytes, text }: OpenedFile): void {
    if (kind === 'schedule') {
      void this.#openFound(text);
      return;
    }
    if (kind === 'object') this.#pane.addFile(name, bytes);
    const whole = textWith({ kind, name, text }, this.#pane.text);
    if (whole !== undefined) {
      this.#load(OWN, whole);
      this.#carryOut(undefined);
      this.#explore.changed();
    }
    if (kind === 'guard') this.#toolbar.guard = guardIn(text);
    void this.run({ scenario: 'telling', isFresh: true });
  }

  #pickScenario(): void {
    this.#wanted = { scenario: this.#toolbar.scenario, isFresh: true };
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
    const title = this.#turns === undefined ? undefined : this.#answer.runs[0]?.title;
    this.#carryOut(schedule);
    if (schedule !== undefined) {
      this.#toolbar.guard = namedIn(schedule, 'guard');
      if (this.#toolbar.kernel !== undefined) this.#toolbar.kernel = namedIn(schedule, 'kernel');
    }
    return this.run({ scenario: 0, at, title });
  }

  /** The same run under another guard beside it: the one that came before it in history, or after it. */
  #another(): void {
    const { guard } = this.#answer.runs[this.#toolbar.scenario] ?? {};
    this.#toolbar.against = guard === 'generic' ? 'arm64' : 'generic';
    void this.run();
  }

  #everySchedule(): void {
    this.#modes.choose('explore');
    this.#explore.explore();
  }

  /** A schedule that exploration has found: what it breaks is seen where it ends. */
  async #openFound(schedule: string): Promise<void> {
    this.#modes.mode = 'run';
    await this.#follow(schedule, Infinity);
    this.#schedule.element.scrollIntoView({ block: 'nearest' });
    this.#shown.scrubber.focus();
  }

  /** A moment of a schedule: the run is the schedule's, and what is seen beside it what is so then. */
  async #showMoment(schedule: string, position: number): Promise<void> {
    this.#position = position;
    if (this.#turns !== schedule) await this.#follow(schedule);
    // Rows can be gone through faster than they are run.
    if (this.#position === position && this.#turns === schedule) await this.#shown.goTo(position);
  }

  #edited(): void {
    if (this.#pane.name !== OWN) {
      this.#pane.own();
      this.#nameLab();
    }
    this.#toolbar.offerGuards(this.#pane.text);
    this.#explore.changed();
    this.#shown.forget();
    this.element.classList.add('stale');
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
    this.#shown.forget();
    this.#address.chosen();
    const lab = this.#pane.lab;
    // What is shown is in the address by then.
    const [answer] = await Promise.all([this.#client.ask('run', lab, this.#choice()), writeHash(this.state)]);
    if (turn !== this.#asked) return;
    this.#isRunning = false;
    this.#answer = answer;
    this.#ran = lab;
    this.element.classList.toggle('stale', this.#isChanged);
    this.#output.show(answer, lab.name.replace(/^.*\/|\.bpf$/g, ''));
    if (this.#turns !== undefined) {
      this.#toolbar.offerScheduled(answer.runs[0]);
      this.#summary = summarizeReplay(answer);
    } else {
      const scenario = scenarioOf(this.#wanted, answer.runs);
      this.#toolbar.offerScenarios(answer.runs, scenario);
      this.#summary = `${summarize(answer)}${scenario === 'telling' ? this.#toolbar.saidOfTelling : ''}`;
    }
    await this.#compare();
    if (turn === this.#asked) this.#pane.ran(answer);
  }

  /** Shows the chosen scenario, and beside it what becomes of it under the guard to compare with. */
  async #compare(): Promise<void> {
    const { against, scenario } = this.#toolbar;
    const turn = this.#asked;
    const view = this.#answer.runs[scenario];
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
    if (other === undefined) this.#shown.refuseOther(against, firstTrouble(answer.flaws, 'nothing has run'));
    this.#say(other === undefined ? `${this.#summary}; there is nothing to compare with` : this.#summary);
  }

  /** Says what the runs came to, unless the text has changed by now. */
  #say(what: string): void {
    put(this.#status, this.#isChanged ? CHANGED : what);
  }

  get #isChanged(): boolean {
    return this.#ran?.text !== this.#pane.text;
  }

  #show(view: RunView | undefined, other: RunView | undefined): void {
    const { at, isFresh = false } = this.#wanted ?? {};
    this.#wanted = undefined;
    this.#shown.show(view, other, at ?? (isFresh ? undefined : this.#shown.cursor));
    this.#address.chosen();
  }

  /** The instruction that wrote a value, if it is one of the lab. */
  #selectWriter({ insn: { span } }: GuardWrite): void {
    if (span !== undefined && span.source.text === this.#pane.text) this.#pane.select(span.start, span.end);
  }

  async #step(step: StepChoice): Promise<StepView | string> {
    if (this.#shown.view === undefined || this.#ran === undefined) return 'there is no run to go through';
    return this.#stepper.step(this.#ran, { ...this.#choice(), scenario: this.#toolbar.scenario, step });
  }

  #stepped({ at }: StepView): void {
    if (at !== undefined && at.file === this.#ran?.name && !this.#isChanged) this.#pane.selectLine(at.line);
  }

  /** The trace of all scenarios, and its name. */
  #trace(): { readonly trace: Promise<string | undefined>; readonly name: string } {
    const lab = this.#ran ?? this.#pane.lab;
    return { trace: this.#client.ask('trace', lab, this.#choice()).then((a) => a.trace), name: lab.name };
  }

  #hash(): string | Promise<string> {
    const { state } = this;
    this.#pane.isHeld = isHeld(state);
    return writeHash(state);
  }

  get state(): PageState {
    const { scenario = this.#toolbar.scenario, at = this.#shown.cursor, isFresh } = this.#wanted ?? {};
    // Without one an address opens at the event that tells most, which is the first where no event does.
    const isAtStart = this.#shown.isAtFirst(at);
    return {
      ...labState(this.#course.lesson, this.#pane.name, this.#pane.text),
      ...(this.#modes.mode !== 'run' && { mode: this.#modes.mode }),
      ...this.#toolbar.said,
      ...(scenario !== 'telling' && (scenario !== 0 || this.#toolbar.telling !== 0) && { scenario }),
      ...(this.#turns !== undefined && { schedule: this.#turns }),
      // Which event tells most, and which is the last, is known when the run is there.
      ...(isFresh !== true && !isAtStart && Number.isFinite(at) && { at }),
    };
  }
}
