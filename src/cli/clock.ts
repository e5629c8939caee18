/** Milliseconds since some moment. `performance` would load eleven modules of Node's: a fiftieth of a short search. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
