/** Stands in the page for what colours a terminal's tables. */
export {};
