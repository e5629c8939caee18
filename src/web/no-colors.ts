/** Replaces in the page what colours a terminal's tables. */
export {};
