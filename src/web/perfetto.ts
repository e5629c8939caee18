/** Where traces are looked at. */
const PERFETTO = 'https://ui.perfetto.dev';
/** How often it is asked whether it listens, and for how long, in milliseconds. */
const EVERY = 100;
const PATIENCE = 30_000;

/**
 * Opens Perfetto's page in another tab and hands it a trace when it answers: it is sent PING until it says PONG, then
 * the trace (perfetto.dev, "Deep linking to Perfetto UI"). Nothing goes through a server. Must be called in a click.
 */
export function openInPerfetto(
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
