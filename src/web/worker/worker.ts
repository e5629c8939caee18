import { InternalError } from '../../text/diagnostic.js';
import { baseName } from '../files.js';
import type { ExploreMessage } from '../protocol/explore.js';
import type { BenchMessage, Kind, Request, Response } from '../protocol/protocol.js';
import { quickBench } from './bench.js';
import { exploreLab } from './explore.js';
import { answerLesson } from './lesson.js';
import { checkLab, runLab, traceLab } from './run.js';
import { builtInEnvironment } from './shipped.js';
import { stepLab } from './step.js';

const ACTS = { check: checkLab, run: runLab, trace: traceLab, step: stepLab, lesson: answerLesson } as const;
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
    await quickBench(environment, post);
  } catch (e) {
    post({ kind: 'failed', message: textOf(e) });
  }
}

function explore({ lab, choice }: Request & { readonly kind: 'explore' }): void {
  try {
    exploreLab(lab, choice, environment, post);
  } catch (e) {
    post({ kind: 'failed', message: textOf(e) });
  }
}

function look(request: Request & { readonly kind: Kind }): void {
  const { id, lab, choice } = request;
  try {
    post({ kind: 'answer', id, answer: ACTS[request.kind](lab, choice, environment) });
  } catch (e) {
    post({ kind: 'broken', id, message: textOf(e) });
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if (data.kind !== 'bench') files = data.lab.files ?? new Map();
  if (data.kind === 'bench') void measure();
  else if (data.kind === 'explore') explore(data);
  else look(data);
});
