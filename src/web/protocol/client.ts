import { firstTrouble } from '../summary.js';
import {
  type Answer,
  type Kind,
  type LabText,
  PATIENCE,
  type Request,
  type Response,
  type RunChoice,
} from './protocol.js';
import type { StepView } from './step.js';

/** Why a worker does not work: a bug in it, or that it was not loaded, of which the browser says nothing. */
export function whyOf(e: Event): string {
  return e instanceof ErrorEvent && e.message !== ''
    ? `a bug of tinybpf: ${e.message}`
    : 'a part of the page could not be loaded; reload it';
}

/** The whole library on a thread of its own. */
export function startWorker(): Worker {
  return new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' });
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly timer: number;
}

const said = (message: string): Answer => ({
  runs: [],
  flaws: [{ code: 'B0901', explain: '', severity: 'error', message, from: undefined, to: undefined }],
  text: `${message}\n`,
});

/** A worker that runs labs. One that thinks too long is stopped and replaced, so the page always gets an answer. */
export class LabClient {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  /** The worker reads the emulated kernel while the page is being built. */
  constructor() {
    this.#worker = this.#start();
  }

  #start(): Worker {
    const worker = startWorker();
    worker.addEventListener('message', ({ data }: MessageEvent<Response>) => {
      this.#answer(data.id, data.kind === 'answer' ? data.answer : said(`a bug of tinybpf: ${data.message}`));
    });
    worker.addEventListener('error', (e) => this.#restart(whyOf(e)));
    return worker;
  }

  #answer(id: number, answer: Answer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.resolve(answer);
  }

  /** Everything that waits is answered: it was queued after what took too long. */
  #restart(why: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const id of [...this.#waiting.keys()]) this.#answer(id, said(why));
  }

  ask(kind: Kind, lab: LabText, choice: RunChoice): Promise<Answer> {
    this.#worker ??= this.#start();
    this.#last += 1;
    const id = this.#last;
    const late = `stopped: there was no answer within ${PATIENCE / 1000} seconds`;
    const timer = window.setTimeout(() => this.#restart(late), PATIENCE);
    this.#worker.postMessage({ kind, id, lab, choice } satisfies Request);
    return new Promise((resolve) => this.#waiting.set(id, { resolve, timer }));
  }
}

/** Goes through a run. Its worker is its own and keeps the run between two steps, whatever else is asked for. */
export class Stepper {
  #client: LabClient | undefined;

  /** Where the run is then, or why it is not. */
  async step(lab: LabText, choice: RunChoice): Promise<StepView | string> {
    this.#client ??= new LabClient();
    const answer = await this.#client.ask('step', lab, choice);
    return answer.step ?? firstTrouble(answer.flaws, 'nothing has run');
  }
}
