import { isBefore } from '../series.js';
import type { Walk } from './walk.js';

/** How the kernel names an argument: by its register since 7.1, by its place before. */
export const argumentName = (walk: Walk, number: number, before: string): string =>
  isBefore(walk.request.series.release, '7.1') ? `${before}${number - 1}` : `R${number}`;
