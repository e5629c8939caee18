/** What differs between verifiers of Linux, by the release. */
export interface Series {
  /** Major and minor number of the first release it holds for. */
  readonly release: string;
  /** Instructions of version 4 (RFC 9669): sign-extending moves and loads, signed division, `gotol`, `bswap` (Linux 6.6). */
  readonly hasV4: boolean;
  /** Atomic loads and stores with an order (Linux 6.15). */
  readonly hasLoadAcquire: boolean;
  /** `may_goto` (Linux 6.9). */
  readonly hasMayGoto: boolean;
  /** Casts between address spaces (Linux 6.9). */
  readonly hasCasts: boolean;
  /** `gotox` (Linux 6.19). */
  readonly hasIndirectJumps: boolean;
  /** Fields of all instructions are checked before anything else; older ones only where the walk comes to. */
  readonly checksFieldsFirst: boolean;
  /** A function may call itself, as far as the walk gets; 6.1 sees the jump back, and 7.0 the call. */
  readonly recursion: 'back-edge' | 'walked' | 'refused';
  /** What the program is attached to is looked at after its instructions, not before. */
  readonly checksTargetLast: boolean;
  /** Those who have CAP_PERFMON may read bytes of the stack below all that were written, not only between them (Linux 6.3). */
  readonly readsUnwrittenStack: boolean;
  /** A comparison of a register with itself goes one way only. */
  readonly knowsSameRegister: boolean;
  /** A number may be stored to the context as a register may (Linux 6.3). */
  readonly storesNumbersToContext: boolean;
  /** Functions of the program may be called with a lock held (Linux 6.9). */
  readonly callsUnderLock: boolean;
  /** Frames of functions that call each other (MAX_CALL_FRAMES). */
  readonly maxFrames: number;
  /** Bytes to which the stack of each function is rounded up before they are added. */
  readonly stackRounding: 16 | 32;
  /** Each function of a tracing program has its own 512 bytes of stack (Linux 6.13). */
  readonly hasPrivateStacks: boolean;
  /** A lookup in an array with a constant key in range is known to find something (Linux 6.14). */
  readonly knowsArrayKeys: boolean;
  /** Of bytes of the stack that a helper reads, nothing is known afterwards, as if it had written them; Linux 6.14 tells the two apart. */
  readonly forgetsWhatHelpersRead: boolean;
  /** A number that is stored is kept as it was in the register; before Linux 6.8 it was bytes if it was 0, or nothing was known of it. */
  readonly keepsAllNumbers: boolean;
  /** What is added to a pointer is one offset; older kernels keep what is known of it apart from what is not. */
  readonly hasOneOffset: boolean;
  /** Something is known of what a division leaves (Linux 7.0). */
  readonly knowsQuotients: boolean;
}

const AT_6_1: Series = {
  release: '6.1',
  hasV4: false,
  hasLoadAcquire: false,
  hasMayGoto: false,
  hasCasts: false,
  hasIndirectJumps: false,
  checksFieldsFirst: false,
  recursion: 'back-edge',
  checksTargetLast: false,
  readsUnwrittenStack: false,
  knowsSameRegister: false,
  storesNumbersToContext: false,
  callsUnderLock: false,
  maxFrames: 8,
  stackRounding: 32,
  hasPrivateStacks: false,
  knowsArrayKeys: false,
  forgetsWhatHelpersRead: true,
  keepsAllNumbers: false,
  hasOneOffset: false,
  knowsQuotients: false,
};
const AT_6_6: Series = {
  ...AT_6_1,
  release: '6.6',
  hasV4: true,
  recursion: 'walked',
  readsUnwrittenStack: true,
  storesNumbersToContext: true,
};
const AT_6_12: Series = {
  ...AT_6_6,
  release: '6.12',
  keepsAllNumbers: true,
  hasMayGoto: true,
  hasCasts: true,
  callsUnderLock: true,
  stackRounding: 16,
};
const AT_6_18: Series = {
  ...AT_6_12,
  release: '6.18',
  hasLoadAcquire: true,
  hasPrivateStacks: true,
  knowsArrayKeys: true,
  forgetsWhatHelpersRead: false,
};
const AT_6_19: Series = { ...AT_6_18, release: '6.19', hasIndirectJumps: true };
const AT_7_0: Series = {
  ...AT_6_19,
  release: '7.0',
  checksFieldsFirst: true,
  knowsSameRegister: true,
  knowsQuotients: true,
  recursion: 'refused',
  checksTargetLast: true,
};
const AT_7_3: Series = { ...AT_7_0, release: '7.3', maxFrames: 16, hasOneOffset: true };

/** From the oldest; a release between two rows behaves as the older. Recordings of 6.1.176, 6.12.95 and 7.3.4 settle them. @internal */
export const SERIES: readonly Series[] = [AT_6_1, AT_6_6, AT_6_12, AT_6_18, AT_6_19, AT_7_0, AT_7_3];

/** Order of the releases that were asked about: walks ask of a few, again and again. */
const ORDERS = new Map<string, number>();

/** A number by which releases are in order; a minor number is below 1000. */
function orderOf(release: string): number {
  const known = ORDERS.get(release);
  if (known !== undefined) return known;
  const [major = 0, minor = 0] = release.split('.').map(Number);
  const order = major * 1000 + minor;
  ORDERS.set(release, order);
  return order;
}

/** Whether a release (`6.12`, `7.3.4`) came before another, by major and minor number. */
export const isBefore = (release: string, other: string): boolean => orderOf(release) < orderOf(other);

/** The series that a release belongs to; the oldest for one that is older still. */
export const seriesOf = (release: string): Series =>
  SERIES.findLast((s) => !isBefore(release, s.release)) ?? AT_6_1;
