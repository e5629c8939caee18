import { hexBytes } from '../text/numbers.js';

/** An `active` area as bytes in memory order: normal, softirq, hardirq, NMI for the byte counters. */
export const formatActive = (bytes: Uint8Array): string => hexBytes(bytes);
