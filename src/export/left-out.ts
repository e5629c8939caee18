import type { Span } from '../text/source.js';

/** Something of a lab that is not in its object, and why. */
export interface LeftOut {
  readonly what: string;
  readonly name: string;
  readonly reason: string;
  readonly span: Span;
}

/** What C could call something, and what BTF may say it is called (btf_name_valid_identifier). */
export const isIdentifier = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name) && name.length < 128;

export const NOT_AN_IDENTIFIER = 'it has no name that C could give it';
