/** Ends a walk: the program is refused. `lines` are the kernel's, the last of which is the one it is known by. */
export class Refused extends Error {
  /** Name of the error number that the system call gives. */
  readonly errno: string;
  readonly lines: readonly string[];

  constructor(errno: string, lines: readonly string[]) {
    super(lines.at(-1) ?? errno);
    this.errno = errno;
    this.lines = lines;
  }
}

/** Ends a walk: it needs something that is not known here. */
export class NotJudged extends Error {}

export function refuse(errno: string, ...lines: readonly string[]): never {
  throw new Refused(errno, lines);
}
