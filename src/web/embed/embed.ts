import '../style/index.css';
import type { Property } from '../../lab/properties.js';
import { tellingOf } from '../answer.js';
import { h, put } from '../dom.js';
import { listenToKeys } from '../keyboard.js';
import type { Page } from '../page.js';
import { Intro, introOf } from '../panels/intro.js';
import { Problems } from '../panels/problems.js';
import { ShownRun } from '../panels/shown-run.js';
import { LabClient } from '../protocol/client.js';
import type { Answer, Flaw, LabText as Lab, RunChoice, RunView } from '../protocol/protocol.js';
import type { StepChoice, StepView } from '../protocol/step.js';
import { firstTrouble, notesOn, summarize, summarizeReplay } from '../summary.js';
import { notShown } from '../url.js';
import { type Asked, askedBy } from './asked.js';
import { LabText } from './lab-text.js';
import { linkTo } from './link.js';

/**
 * A lab for a slide or a blog: its text, what happened, and what is so at the cursor. Nothing is chosen or changed here;
 * a link opens the same in the laboratory.
 */
export class Embed implements Page {
  readonly element: HTMLElement;
  readonly #client = new LabClient();
  readonly #status = h('p', { class: 'status', role: 'status' }, 'loading');
  readonly #whole = h('a', { target: '_blank', rel: 'noopener' }, 'open in the laboratory');
  readonly #intro = new Intro();
  readonly #text = new LabText();
  readonly #problems = new Problems(({ from }) => {
    if (from !== undefined) this.#text.mark(this.#lineAt(from));
  });
  readonly #shown: ShownRun;
  #asked: Asked = { state: {}, lab: undefined, text: '', troubles: [] };
  #scenario = 0;
  /** The one that is shown by itself. */
  #telling = 0;
  /** The promises that the schedule has broken, if it is known. */
  #breaks: readonly Property[] | undefined;
  /** Number of the address that was opened last: answers about earlier ones come too late. */
  #turn = 0;
  /** Number of the link that was made last. */
  #links = 0;

  constructor() {
    this.#shown = new ShownRun(
      {
        moved: () => this.#relink(),
        carryOut: (step) => this.#step(step),
        stepped: ({ at }) => {
          if (at?.file === this.#lab.name) this.#text.mark(at.line);
        },
        wrote: ({ insn: { span } }) => {
          if (span?.source.text === this.#asked.text) this.#text.mark(this.#lineAt(span.start));
        },
        notesOn: (view) => notesOn(view, this.#asked.state.schedule, this.#breaks),
      },
      this.#problems.element,
    );
    this.element = h(
      'div',
      { class: 'page embed' },
      h('header', {}, h('h1', {}, 'tinybpf'), this.#whole),
      h(
        'main',
        {},
        h('section', { class: 'source', 'aria-label': 'the lab' }, this.#intro.element, this.#text.element),
        h(
          'section',
          { class: 'seen', 'aria-label': 'what happens' },
          this.#status,
          this.#shown.element,
          h('section', { class: 'moment', 'aria-label': 'at the cursor' }, this.#shown.moment),
        ),
      ),
    );
    listenToKeys({ shown: this.#shown });
    addEventListener('hashchange', () => void this.go(location.hash));
  }

  async go(hash: string): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    put(this.#status, 'running');
    const asked = await askedBy(hash);
    if (turn !== this.#turn) return;
    this.#asked = asked;
    this.#intro.show(asked.text);
    this.#text.show(asked.text, introOf(asked.text).end);
    const answer = await this.#client.ask('run', this.#lab, this.#choice(asked.state.guard));
    if (turn !== this.#turn) return;
    this.#breaks = answer.breaks;
    const { scenario, schedule, against, at } = asked.state;
    this.#telling = schedule === undefined ? tellingOf(answer.runs) : 0;
    const wanted = scenario ?? (at === undefined ? this.#telling : 0);
    this.#scenario = Math.max(0, Math.min(wanted, answer.runs.length - 1));
    const view = answer.runs[this.#scenario];
    const other = view && against !== undefined ? await this.#beside(against) : undefined;
    if (turn !== this.#turn) return;
    this.#problems.show([...answer.flaws, ...(view?.flaws ?? [])], asked.text);
    this.#shown.show(view, other?.run, at);
    if (other !== undefined && other.run === undefined) this.#shown.refuseOther(against!, other.why);
    this.#relink();
    const counted = { scenario: view === undefined ? scenario : this.#scenario };
    const missing = notShown(scenario === undefined ? {} : { scenario }, { ...NOTHING, ...counted });
    const said = [...asked.troubles, ...missing];
    put(this.#status, said.length > 0 ? said.join('; ') : this.#summary(answer, schedule !== undefined));
    // Linux is asked once the lab is shown.
    if (view === undefined) return;
    const choice = { ...this.#choice(asked.state.guard), asksLinux: true };
    const { flaws } = await this.#client.ask('check', this.#lab, choice);
    if (turn !== this.#turn) return;
    const isSaid = ({ message, from }: Flaw): boolean =>
      answer.flaws.some((f) => f.message === message && f.from === from);
    const more = flaws.filter((flaw) => !isSaid(flaw));
    this.#problems.show([...answer.flaws, ...more, ...view.flaws], asked.text);
  }

  get #lab(): Lab {
    const { lab, text } = this.#asked;
    return { name: lab === undefined ? 'mine.bpf' : `programs/${lab.name}.bpf`, text };
  }

  #lineAt(offset: number): number {
    return this.#asked.text.slice(0, offset).split('\n').length;
  }

  #choice(guard: string | undefined): RunChoice {
    const { kernel, schedule, verify } = this.#asked.state;
    return { guard, kernel, verify, ...(schedule !== undefined && { schedule }) };
  }

  #summary(answer: Answer, isReplay: boolean): string {
    return isReplay ? summarizeReplay(answer) : summarize(answer);
  }

  async #beside(guard: string): Promise<{ readonly run: RunView | undefined; readonly why: string }> {
    const choice = { ...this.#choice(guard), scenario: this.#scenario };
    const { runs, flaws } = await this.#client.ask('run', this.#lab, choice);
    return { run: runs[0], why: firstTrouble(flaws, 'nothing has run') };
  }

  async #step(step: StepChoice): Promise<StepView | string> {
    const choice = { ...this.#choice(this.#asked.state.guard), scenario: this.#scenario, step };
    const answer = await this.#client.ask('step', this.#lab, choice);
    return answer.step ?? firstTrouble(answer.flaws, 'nothing has run');
  }

  /** The link shows the same, with the cursor where it is here. */
  #relink(): void {
    const { state, lab } = this.#asked;
    const { cursor } = this.#shown;
    const isAtFirst = this.#shown.isAtFirst(cursor);
    const { at: _at, scenario: _scenario, ...rest } = state;
    const link = linkTo(
      location.href,
      {
        ...rest,
        ...(lab !== undefined && { lab: lab.name }),
        ...((this.#scenario !== 0 || this.#telling !== 0) && { scenario: this.#scenario }),
        ...(!isAtFirst && { at: cursor }),
      },
      false,
    );
    this.#links += 1;
    const number = this.#links;
    void link.then((href) => {
      if (number === this.#links) this.#whole.href = href;
    });
  }
}

/** An address that asks for nothing is shown. */
const NOTHING = {
  lab: undefined,
  guard: undefined,
  against: undefined,
  kernel: undefined,
  verify: undefined,
} as const;
