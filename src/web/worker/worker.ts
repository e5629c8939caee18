import type { Environment } from '../../lab/environment.js';
import { InternalError } from '../../text/diagnostic.js';
import { baseName, isOfObjects } from '../files.js';
import type { LabChoice } from '../protocol/choice.js';
import type { ExploreMessage } from '../protocol/explore.js';
import type {
  Answer,
  BenchMessage,
  Kind,
  LabText,
  Request,
  Response,
  RunChoice,
} from '../protocol/protocol.js';
import { explained } from './explained.js';
import { loadMaking } from './made.js';
import { checkLab, runLab } from './run.js';
import { builtInEnvironment } from './shipped.js';
import { stepLab } from './step.js';
import { judgeFor } from './verifier.js';

type Act = (lab: LabText, choice: RunChoice, environment: Environment) => Answer;

/** What few ask for is loaded when it is asked for: a page that shows one lab loads less. */
const ACTS: Readonly<Record<Kind, (choice: RunChoice) => Act | Promise<Act>>> = {
  check: () => checkLab,
  run: async ({ schedule }) => {
    if (schedule === undefined) return runLab;
    const { runSchedule } = await import('./asked.js');
    return (lab, choice, within) => runSchedule(lab, { ...choice, schedule }, within);
  },
  trace: async () => {
    const { traceLab } = await import('./asked.js');
    return traceLab;
  },
  step: () => stepLab,
  lesson: async () => {
    const { answerLesson } = await import('./asked.js');
    return answerLesson;
  },
  guard: async () => {
    const { textOfGuard } = await import('./asked.js');
    return textOfGuard;
  },
};
/** What is to be done with a lab, whether functions are made for it, and who judges it: what does that is loaded before. */
async function readyFor<T extends LabChoice>(
  lab: LabText,
  choice: T,
): Promise<T & Pick<LabChoice, 'makes' | 'judge'>> {
  const makes = isOfObjects(lab);
  if (makes) await loadMaking();
  return { ...choice, makes, judge: await judgeFor(lab, choice) };
}

/** Object files that the lab of the request can name. */
let files: ReadonlyMap<string, Uint8Array> = new Map();
const environment = builtInEnvironment((name) => files.get(baseName(name)));
const post = (response: Response | BenchMessage | ExploreMessage): void => self.postMessage(response);

function textOf(e: unknown): string {
  if (e instanceof InternalError) return [e.message, ...e.notes].join('\n');
  return e instanceof Error ? e.message : String(e);
}

async function measure(): Promise<void> {
  try {
    const { quickBench } = await import('./bench.js');
    await quickBench(environment, post);
  } catch (e) {
    post({ kind: 'failed', message: textOf(e) });
  }
}

async function explore({ lab, choice }: Request & { readonly kind: 'explore' }): Promise<void> {
  try {
    const { exploreLab } = await import('./asked.js');
    const chosen = await readyFor(lab, choice);
    files = lab.files ?? new Map();
    exploreLab(lab, chosen, environment, post);
  } catch (e) {
    post({ kind: 'failed', message: textOf(e) });
  }
}

async function look(request: Request & { readonly kind: Kind }): Promise<void> {
  const { id, lab, choice } = request;
  try {
    const act = await ACTS[request.kind](choice);
    const chosen = await readyFor(lab, choice);
    files = lab.files ?? new Map();
    post({ kind: 'answer', id, answer: await explained(act(lab, chosen, environment)) });
  } catch (e) {
    post({ kind: 'broken', id, message: textOf(e) });
  }
}

/** One request after the other, in the order in which they come. */
let last: Promise<void> = Promise.resolve();
self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  last = last.then(() => {
    if (data.kind === 'bench') return measure();
    return data.kind === 'explore' ? explore(data) : look(data);
  });
});
