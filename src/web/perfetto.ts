import { button } from './dom.js';

/** Where traces are looked at. */
const PERFETTO = 'https://ui.perfetto.dev';
/** How often it is asked whether it listens, and for how long, in milliseconds. */
const EVERY = 100;
const PATIENCE = 30_000;

/**
 * Opens Perfetto's page in another tab and hands it a trace when it answers: it is sent PING until it says PONG, then
 * the trace (perfetto.dev, "Deep linking to Perfetto UI"). Nothing goes through a server. Must be called in a click.
 */
function openInPerfetto(
  trace: Promise<string | undefined>,
  title: string,
  origin = PERFETTO,
): Promise<'opened' | 'blocked' | 'silent'> {
  const tab = window.open(origin);
  if (tab === null) return Promise.resolve('blocked');
  return new Promise((resolve) => {
    const end = (how: 'opened' | 'silent'): void => {
      clearInterval(asking);
      clearTimeout(late);
      removeEventListener('message', hear);
      resolve(how);
    };
    const hear = (e: MessageEvent): void => {
      if (e.source !== tab || e.origin !== new URL(origin).origin || e.data !== 'PONG') return;
      clearInterval(asking);
      removeEventListener('message', hear);
      void trace.then((text) => {
        if (text === undefined) return end('silent');
        const { buffer } = new TextEncoder().encode(text);
        tab.postMessage({ perfetto: { buffer, title } }, new URL(origin).origin, [buffer]);
        return end('opened');
      });
    };
    const asking = setInterval(() => tab.postMessage('PING', new URL(origin).origin), EVERY);
    const late = setTimeout(() => end('silent'), PATIENCE);
    addEventListener('message', hear);
  });
}

/** Gives a trace to Perfetto's page, which is all that ever leaves this one; says so where that does not work. */
export function perfettoButton(
  make: () => { readonly trace: Promise<string | undefined>; readonly name: string },
  say: (what: string) => void,
): HTMLElement {
  const open = async (): Promise<void> => {
    const { trace, name } = make();
    const how = await openInPerfetto(trace, name);
    if (how === 'blocked') say('the browser does not let another tab be opened');
    if (how === 'silent') say('ui.perfetto.dev did not answer, or there is no trace');
  };
  return button('open in Perfetto', 'hand the trace to ui.perfetto.dev, in another tab', () => void open());
}
