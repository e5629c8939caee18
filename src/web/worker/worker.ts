import type { BenchMessage, Request, Response } from '../protocol.js';
import { quickBench } from './bench.js';
import { checkLab, runLab } from './run.js';
import { builtInEnvironment } from './shipped.js';

const environment = builtInEnvironment();
const post = (response: Response | BenchMessage): void => self.postMessage(response);
const textOf = (e: unknown): string => (e instanceof Error ? e.message : String(e));

async function measure(): Promise<void> {
  try {
    await quickBench(environment, post);
  } catch (e) {
    post({ kind: 'failed', message: textOf(e) });
  }
}

function look(request: Request & { readonly kind: 'check' | 'run' }): void {
  const { id, lab, choice } = request;
  try {
    const act = request.kind === 'run' ? runLab : checkLab;
    post({ kind: 'answer', id, answer: act(lab, choice, environment) });
  } catch (e) {
    post({ kind: 'broken', id, message: textOf(e) });
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if (data.kind === 'bench') void measure();
  else look(data);
});
