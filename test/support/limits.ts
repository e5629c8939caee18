/**
 * Limits for what hangs, in milliseconds. No test depends on how fast the machine is: all are far above what anything
 * takes, and each is below the one around it, so that the innermost says what it was that hung.
 */
export const TEST_LIMIT = 240_000;
/** A process that a test starts. */
export const PROCESS_LIMIT = 180_000;
/** Something that a test waits for in this process or in a page. */
export const WAIT_LIMIT = 180_000;
