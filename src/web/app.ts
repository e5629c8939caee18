import type { GuardWrite } from '../lab/writes.js';
import { BenchPanel } from './bench-panel.js';
import { LabClient } from './client.js';
import { firstDifference } from './compare.js';
import { describeEvent } from './describe.js';
import { button, h } from './dom.js';
import { LabEditor } from './editor/editor.js';
import { listenToKeys } from './keys.js';
import { labNamed } from './labs.js';
import { Output } from './output.js';
import { Pane } from './pane.js';
import { openInPerfetto } from './perfetto.js';
import { placeView } from './place.js';
import type { Answer, Flaw, LabText, RunChoice, RunView } from './protocol.js';
import { Scrubber } from './scrubber.js';
import { zoomButtons } from './timeline/timeline.js';
import { Viewport } from './timeline/viewport.js';
import { OWN, Toolbar } from './toolbar.js';
import { type PageState, readHash, writeHash } from './url.js';

const FIRST_LAB = 'recursion';
/** How long the address waits for more changes, in milliseconds: browsers allow only so many. */
const SETTLED = 250;

const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

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
  readonly #difference = h('div', { class: 'difference-line', hidden: true });
  #labName = FIRST_LAB;
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
          this.#scrubber.element,
          this.#difference,
          h('div', { class: 'panes' }, this.#pane.element, this.#other.element),
          this.#place,
        ),
        this.#output.element,
        new BenchPanel().element,
      ),
      h(
        'footer',
        {},
        'Everything runs in this page; nothing is sent anywhere unless you open it in Perfetto. Keys: Ctrl-Enter runs, ← → step, n p go to refusals, + − 0 zoom, Home End.',
      ),
    );
    listenToKeys({
      move,
      scrubber: this.#scrubber,
      viewport: this.#viewport,
      run: rerun,
      cursor: () => this.#cursor,
    });
    addEventListener('hashchange', () => void this.start(location.hash));
  }

  /** Opens what an address says. */
  async start(hash: string): Promise<void> {
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
    await this.run(state);
    if (trouble !== undefined) this.#status.textContent = trouble;
  }

  get #lab(): LabText {
    const name = this.#labName === OWN ? 'mine.bpf' : `programs/${this.#labName}.bpf`;
    return { name, text: this.#editor.text };
  }

  #choice(guard: string | undefined): RunChoice {
    return { guard, kernel: this.#toolbar.kernel };
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
    void this.run({ scenario: 0, at: 0 });
  }

  #edited(): void {
    if (this.#labName !== OWN) {
      this.#labName = OWN;
      this.#toolbar.labName = OWN;
    }
    this.#toolbar.offerGuards(this.#editor.text);
    this.#status.textContent = 'the text has changed: Run (Ctrl-Enter) shows what it does';
    this.#save();
  }

  /** Runs the lab with the chosen guard, and with the one to compare with. */
  async run(state: PageState = { scenario: this.#toolbar.scenario, at: this.#cursor }): Promise<void> {
    this.#asked += 1;
    const turn = this.#asked;
    this.#status.textContent = 'running';
    const lab = this.#lab;
    const answer = await this.#client.ask('run', lab, this.#choice(this.#toolbar.guard));
    if (turn !== this.#asked) return;
    this.#runs = answer.runs;
    this.#output.show(answer, lab.name.replace(/^.*\/|\.bpf$/g, ''));
    const scenario = Math.min(state.scenario ?? 0, Math.max(0, answer.runs.length - 1));
    this.#toolbar.offerScenarios(answer.runs, scenario);
    await this.#compare(state.at ?? 0, this.#summary(answer));
  }

  #summary(answer: Answer): string {
    const errors = answer.flaws.filter((f) => f.severity === 'error');
    if (answer.runs.length === 0) return errors[0]?.message.split('\n')[0] ?? 'there is nothing to run';
    const expects = answer.runs.flatMap((run) => run.expects);
    const failed = expects.filter((e) => !e.passed).length;
    const unfinished = answer.runs.filter((run) => run.outcome === 'budget').length;
    const parts = [
      count(answer.runs.length, 'scenario'),
      failed === 0
        ? `${count(expects.length, 'expectation')} hold`
        : `${failed} of ${count(expects.length, 'expectation')} fail`,
      ...(unfinished === 0 ? [] : [`${unfinished} stopped: the budget of instructions was used up`]),
    ];
    return parts.join(', ');
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
    const why = answer.flaws[0]?.message.split('\n')[0] ?? 'nothing has run';
    this.#status.textContent = other === undefined ? `${status}; cannot be compared: ${why}` : status;
  }

  #show(view: RunView | undefined, other: RunView | undefined, at: number): void {
    this.#pane.show(view);
    this.#other.show(other);
    this.#other.element.hidden = other === undefined;
    this.element.classList.toggle('comparing', other !== undefined);
    this.#differs = view && other && firstDifference(view.events, other.events);
    this.#viewport.reset(this.#length, this.#pane.timeline.readable);
    this.#place.replaceChildren();
    this.#tellDifference(view, other);
    this.move(at);
  }

  get #length(): number {
    return Math.max(this.#pane.view?.events.length ?? 0, this.#other.view?.events.length ?? 0);
  }

  #tellDifference(view: RunView | undefined, other: RunView | undefined): void {
    this.#difference.hidden = other === undefined;
    if (view === undefined || other === undefined) return;
    const at = this.#differs;
    if (at === undefined) {
      this.#difference.replaceChildren(`${view.guard} and ${other.guard} decide alike here.`);
      return;
    }
    const said = (run: RunView): string => {
      const e = run.events[at];
      return `${run.guard}: ${e === undefined ? 'it is over' : describeEvent(e)}`;
    };
    this.#difference.replaceChildren(
      button(`first difference: event ${at + 1}`, 'go there', () => this.move(at)),
      h('p', {}, said(view)),
      h('p', {}, said(other)),
    );
  }

  /** Puts the cursor on an event, or the nearest there is. */
  move(event: number): void {
    this.#cursor = Math.max(0, Math.min(event, this.#length - 1));
    const events = this.#pane.view?.events ?? [];
    const recorded = this.#pane.view?.recorded ?? 0;
    const note = recorded > events.length ? ` (the first of ${recorded})` : '';
    const own = Math.min(this.#cursor, Math.max(0, events.length - 1));
    this.#scrubber.show(events, own, note);
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
