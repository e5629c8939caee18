/** What the address is written with; passed in, since it is about time. */
export interface AddressHost {
  /** Milliseconds. */
  readonly now: () => number;
  /** What is after `#` now. */
  readonly current: () => string;
  /** Writes it, without another entry in the history. */
  readonly replace: (hash: string) => void;
  /** Calls back after so many milliseconds; what it returns cancels that. */
  readonly later: (act: () => void, ms: number) => () => void;
}

/**
 * How often the address may be written: browsers ignore, or refuse, what comes more often.
 * @internal
 */
export const MOST_WRITES = 100;
/**
 * In so many milliseconds. Safari's limit; Chromium allows twice as much.
 * @internal
 */
export const WINDOW = 30_000;

/** Writes that can be made one after the other; then one comes free every `REFILL` milliseconds. */
const BURST = 40;
const REFILL = WINDOW / (MOST_WRITES - BURST);
/** Kept for what is chosen, so that it need not wait after a cursor that was dragged about. */
const RESERVE = 15;
/** How long a text that is typed has to rest, in milliseconds. */
const REST = 250;

/** Keeps the address as the view is. */
export class Address {
  readonly #hash: () => string | Promise<string>;
  readonly #host: AddressHost;
  #written: string | undefined;
  /** Writes that may be made at `#at`. */
  #free = BURST;
  #at: number;
  #cancel: (() => void) | undefined;
  #isResting = false;
  /** What is written once it is there. */
  #coming: Promise<string> | undefined;

  /** `hash` says what the view is, whenever it is asked: at once if it is asked for the same again. */
  constructor(hash: () => string | Promise<string>, host: AddressHost) {
    this.#hash = hash;
    this.#host = host;
    this.#at = host.now();
  }

  /** Something else was chosen, or is shown: the address says so before anything else can happen. */
  chosen(): void {
    this.#write(0);
  }

  /** The cursor is elsewhere: at once, unless it is dragged about. */
  moved(): void {
    this.#write(RESERVE);
  }

  /** A text is being typed: once it rests. */
  typed(): void {
    this.#after(REST, RESERVE);
  }

  /** Writes what waits, and nothing if nothing does. */
  flush(): void {
    if (this.#cancel !== undefined) this.#write(0);
  }

  /** Another address is being opened: what waits is of the view that it replaces. */
  leave(): void {
    this.#drop();
    this.#written = undefined;
  }

  /** The address is of something else for a while, over which nothing is written. */
  rest(): void {
    this.#drop();
    this.#isResting = true;
  }

  /** It may be of the view again; tells whether it is as it was left, so that nothing else is asked for. */
  resume(): boolean {
    this.#isResting = false;
    const isOwn = this.#host.current() === this.#written;
    if (isOwn) this.#write(0);
    return isOwn;
  }

  /** It is of the view again, instead of what it is of now. */
  replace(): void {
    this.#isResting = false;
    this.#written = undefined;
    this.#write(0);
  }

  #after(ms: number, reserve: number): void {
    this.#cancel?.();
    this.#cancel = this.#host.later(() => this.#write(reserve), ms);
  }

  /** Nothing waits any more. */
  #drop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#coming = undefined;
  }

  #write(reserve: number): void {
    this.#drop();
    if (this.#isResting) return;
    const hash = this.#hash();
    if (typeof hash !== 'string') {
      this.#coming = hash;
      // By then it may be of something else, which is written instead.
      void hash.then(() => {
        if (this.#coming === hash) this.#write(reserve);
      });
      return;
    }
    if (hash === this.#written) return;
    if (this.#written !== undefined && this.#host.current() !== this.#written) {
      // A link was followed, of which the page will hear in a moment; it must not be overwritten.
      this.#written = undefined;
      this.#after(REST, reserve);
      return;
    }
    const now = this.#host.now();
    this.#free = Math.min(BURST, this.#free + (now - this.#at) / REFILL);
    this.#at = now;
    if (this.#free < 1 + reserve) {
      this.#after(Math.ceil((1 + reserve - this.#free) * REFILL), reserve);
      return;
    }
    this.#free -= 1;
    this.#written = hash;
    this.#host.replace(hash);
  }
}

/** The browser's own. */
export const browserHost: AddressHost = {
  now: () => performance.now(),
  current: () => location.hash,
  replace: (hash) => history.replaceState(null, '', hash),
  later: (act, ms) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};
