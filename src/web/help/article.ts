/** What the help of the page is made of. It is worked out when the page is built, and contains no markup. */

/** Elements that a text can have. */
type PieceTag =
  | 'a'
  | 'code'
  | 'em'
  | 'li'
  | 'ol'
  | 'p'
  | 'pre'
  | 'strong'
  | 'table'
  | 'tbody'
  | 'td'
  | 'th'
  | 'thead'
  | 'tr'
  | 'ul';

/** Characters, or an element with what is in it. */
export type Piece = string | readonly [tag: PieceTag, attributes: PieceAttributes, content: readonly Piece[]];

/** `href` is an address of the page; `lang` is what a block of code is in. */
interface PieceAttributes {
  readonly href?: string;
  readonly lang?: string;
}

/** A heading, and what is below it up to the next. */
export interface Section {
  /** In the address, after the page's name; empty for what comes before the first heading. */
  readonly anchor: string;
  readonly title: string;
  /** 2 for a part of the page, 3 for a part of that. */
  readonly level: 2 | 3;
  readonly body: readonly Piece[];
}

export interface Article {
  /** In the address. */
  readonly name: string;
  readonly title: string;
  readonly sections: readonly Section[];
}

export interface ShippedGuard {
  readonly name: string;
  readonly what: string;
}
