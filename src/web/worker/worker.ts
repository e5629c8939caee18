import type { Request, Response } from '../protocol.js';
import { checkLab, runLab } from './run.js';
import { builtInEnvironment } from './shipped.js';

const environment = builtInEnvironment();
const post = (response: Response): void => self.postMessage(response);

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  const { id, lab, choice } = data;
  try {
    const act = data.kind === 'run' ? runLab : checkLab;
    post({ kind: 'answer', id, answer: act(lab, choice, environment) });
  } catch (e) {
    post({ kind: 'broken', id, message: e instanceof Error ? e.message : String(e) });
  }
});
