/** What the window shows. */
export interface Page {
  readonly element: HTMLElement;
  /** Opens what an address says after `#`. */
  go(hash: string): Promise<void> | void;
}
