import { grouped } from '../../text/numbers.js';
import { button, field, h, offer, put } from '../dom.js';
import { startWorker, whyOf } from '../protocol/client.js';
import {
  BOUNDS,
  type Bounds,
  type ExploreChoice,
  type ExploreMessage,
  type ExploreProgress,
  type Finding,
  SILENCE,
} from '../protocol/explore.js';
import type { LabText, Request } from '../protocol/protocol.js';
import { CounterexampleView } from './counterexample.js';
import { TextBox } from './text-box.js';
import { Verdicts } from './verdicts.js';

export interface ExploreActions {
  readonly lab: () => LabText;
  /** What is chosen above. */
  readonly chosen: () => Pick<ExploreChoice, 'kernel'> & { readonly guards: readonly (string | undefined)[] };
  /** Shows a schedule in the timeline. */
  readonly open: (schedule: string) => void;
  /** Shows the moment of a schedule at which so many instructions have been executed. */
  readonly at: (schedule: string, position: number) => void;
}

const INTRODUCTION =
  'tinybpf explore in this browser: tries every order of tasks and interrupts that the lab allows';

const labelOf = ({ states, seconds }: Bounds): string => `${grouped(states)} states, ${seconds} s`;

function nameOf({ guard, title }: ExploreProgress): string {
  return [guard ?? 'the guard of the lab', title].filter((part) => part !== undefined).join(', ');
}

function countsOf({ states, transitions, depth, broken }: ExploreProgress): string {
  const verdict = broken.length === 0 ? 'nothing broken so far' : `breaks ${broken.join(', ')}`;
  return `${grouped(states)} states, ${grouped(transitions)} transitions, depth ${depth}: ${verdict}`;
}

/** Tries every schedule of the lab, in a worker that can be stopped at any time. */
export class ExplorePanel {
  readonly element: HTMLElement;
  readonly #actions: ExploreActions;
  readonly #guards = field('guards', 'explore-guards', () => {});
  readonly #bounds = field('at most, for each', 'explore-bounds', () => {});
  readonly #bar = h('progress', {
    max: 1,
    value: 0,
    'aria-label': 'progress of the exploration',
    hidden: true,
  });
  readonly #status = h('p', { class: 'status', role: 'status' }, INTRODUCTION);
  readonly #counts = h('p', { class: 'counts', hidden: true });
  readonly #stale = h('p', { class: 'warn', hidden: true }, 'The lab has changed since.');
  readonly #verdicts: Verdicts;
  readonly #counterexample: CounterexampleView;
  readonly #text = new TextBox('what tinybpf explore prints', 'output');
  readonly #box: HTMLElement;
  readonly #start = button('Explore', 'try every schedule (e)', () => this.explore());
  readonly #cancel = button('cancel', 'stop exploring (Escape)', () => this.cancel(), { disabled: true });
  /** Stays when it is done: the next exploration finds the kernel already read. */
  #worker: Worker | undefined;
  #isBusy = false;
  #silent = 0;
  #last: ExploreProgress | undefined;
  #phase = '';
  #began = 0;
  #broken = 0;
  #open = 0;
  #explored = 0;
  /** Whether a counterexample has been shown by itself. */
  #isOpen = false;
  /** Of the lab that was explored. */
  #name = 'tinybpf';
  /** The text that is, or was, explored. */
  #lab = '';

  constructor(actions: ExploreActions) {
    this.#actions = actions;
    this.#counterexample = new CounterexampleView({ ...actions, lab: () => this.#name });
    this.#verdicts = new Verdicts((finding, found) => this.#counterexample.show(finding, found));
    const choices = [
      { value: 'chosen', label: 'as chosen above' },
      { value: 'all', label: 'all guards' },
    ];
    offer(this.#guards.select, choices, 'chosen');
    const bounds = BOUNDS.map((b, i) => ({ value: String(i), label: labelOf(b) }));
    offer(this.#bounds.select, bounds, '0');
    this.#box = h(
      'div',
      { hidden: true },
      h('div', { class: 'controls' }, h('h2', {}, 'Exploration as text'), ...this.#text.tools),
      this.#text.pre,
    );
    this.element = h(
      'section',
      { class: 'explore', 'aria-label': 'every schedule' },
      h(
        'div',
        { class: 'controls' },
        this.#guards.label,
        this.#bounds.label,
        this.#start,
        this.#cancel,
        this.#bar,
      ),
      this.#status,
      this.#counts,
      this.#stale,
      this.#verdicts.element,
      this.#counterexample.element,
      this.#box,
    );
  }

  /** What has been found may be of a text that has changed. */
  changed(): void {
    const isShown = this.#explored > 0 || this.#isBusy;
    this.#stale.hidden = !isShown || this.#actions.lab().text === this.#lab;
  }

  explore(): void {
    if (this.#isBusy) return;
    const lab = this.#actions.lab();
    const { guards, ...chosen } = this.#actions.chosen();
    const choice: ExploreChoice = {
      ...chosen,
      guards: this.#guards.select.value === 'all' ? 'all' : guards,
      bounds: BOUNDS[Number(this.#bounds.select.value)]!,
    };
    this.#name = lab.name.replace(/^.*\/|\.bpf$/g, '');
    this.#lab = lab.text;
    this.#clear();
    this.#worker ??= this.#begin();
    this.#worker.postMessage({ kind: 'explore', lab, choice } satisfies Request);
    this.#listen();
  }

  #begin(): Worker {
    const worker = startWorker();
    worker.addEventListener('message', ({ data }: MessageEvent<ExploreMessage>) => {
      // What was on its way when it was stopped comes too late.
      if (worker === this.#worker) this.#hear(data);
    });
    worker.addEventListener('error', (e) => this.#stop(whyOf(e)));
    return worker;
  }

  /** Stops at once; what is known so far stays. */
  cancel(): void {
    if (!this.#isBusy) return;
    this.#stop(`cancelled${this.#unfinished()}`);
  }

  #clear(): void {
    this.#isBusy = true;
    this.#start.disabled = true;
    this.#cancel.disabled = false;
    this.#bar.hidden = false;
    this.#bar.value = 0;
    put(this.#status, 'booting');
    this.#counts.hidden = false;
    put(this.#counts, '\u00a0');
    this.#stale.hidden = true;
    this.#verdicts.clear();
    this.#counterexample.hide();
    // Room for what will be found is made now, so that nothing moves later.
    this.#verdicts.element.hidden = false;
    // It is below what grows while it is found.
    this.#box.hidden = true;
    this.#text.show('', '');
    this.#last = undefined;
    this.#phase = '';
    this.#broken = 0;
    this.#open = 0;
    this.#explored = 0;
    this.#isOpen = false;
    this.#began = performance.now();
  }

  /** A worker that has said nothing for so long will not notice that its time is up, either. */
  #listen(): void {
    clearTimeout(this.#silent);
    const late = (): void =>
      this.#stop(`stopped: no answer within ${SILENCE / 1000} seconds${this.#unfinished()}`);
    this.#silent = window.setTimeout(late, SILENCE);
  }

  #hear(message: ExploreMessage): void {
    this.#listen();
    switch (message.kind) {
      case 'progress':
        this.#show(message.progress);
        return;
      case 'found':
        this.#last = undefined;
        this.#began = performance.now();
        this.#explored += 1;
        if (message.finding.broken.length > 0) this.#broken += 1;
        else if (!message.finding.isComplete) this.#open += 1;
        this.#verdicts.add(message.finding);
        if (this.#broken === 1 && !this.#isOpen) this.#openFirst(message.finding);
        this.#text.show(message.text, `${this.#name}-explore`);
        return;
      case 'explored':
        this.#end(this.#summary(message.left));
        return;
      case 'refused':
        this.#end('this lab cannot be explored');
        this.#verdicts.element.hidden = true;
        this.#text.show(message.text, `${this.#name}-explore`);
        return;
      case 'failed':
        this.#end(`a bug of tinybpf: ${message.message}`);
        return;
      default:
        message satisfies never;
    }
  }

  #show(progress: ExploreProgress): void {
    const { done, all, share, shortening } = progress;
    this.#last = progress;
    this.#bar.value = (done + share) / all;
    const rate = Math.round((progress.states * 1000) / Math.max(1, performance.now() - this.#began));
    put(this.#counts, `${countsOf(progress)}${progress.states > 0 ? `, ${grouped(rate)} states/s` : ''}`);
    const phase =
      shortening === undefined
        ? `exploring ${nameOf(progress)} (${done + 1} of ${all})`
        : `looking for the shortest schedule that breaks ${shortening}`;
    // Screen readers say it whenever it is written.
    if (phase !== this.#phase) put(this.#status, phase);
    this.#phase = phase;
  }

  /** The first thing that breaks is shown without being asked for. */
  #openFirst(finding: Finding): void {
    const [first] = finding.schedules;
    if (first === undefined) return;
    this.#isOpen = true;
    this.#counterexample.show(finding, first);
  }

  #summary(left: number): string {
    const parts = [
      `${this.#explored - this.#broken - this.#open} hold`,
      `${this.#broken} broken`,
      ...(this.#open === 0 ? [] : [`${this.#open} not complete`]),
      ...(left === 0 ? [] : [`${left} not explored for want of time`]),
    ];
    return `done: ${parts.join(', ')}`;
  }

  #unfinished(): string {
    return this.#last === undefined ? '' : `; ${nameOf(this.#last)}: ${countsOf(this.#last)}, not complete`;
  }

  #stop(why: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#end(why);
  }

  #end(why: string): void {
    clearTimeout(this.#silent);
    this.#isBusy = false;
    this.#start.disabled = false;
    this.#cancel.disabled = true;
    this.#bar.hidden = true;
    this.#box.hidden = false;
    put(this.#counts, '\u00a0');
    put(this.#status, why);
  }
}
