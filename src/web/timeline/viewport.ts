/** Which columns are seen. Timelines that are compared share one, so that they pan and zoom together. */
export class Viewport {
  #from = 0;
  #to = 1;
  #count = 1;
  readonly #listeners = new Set<() => void>();

  get from(): number {
    return this.#from;
  }

  get to(): number {
    return this.#to;
  }

  get span(): number {
    return this.#to - this.#from;
  }

  /** Which columns are seen, where that is not all of them. */
  get part(): { readonly first: number; readonly last: number; readonly count: number } | undefined {
    if (this.span >= this.#count) return undefined;
    return { first: Math.floor(this.#from), last: Math.ceil(this.#to) - 1, count: this.#count };
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #set(from: number, span: number): void {
    const width = Math.min(Math.max(span, Math.min(4, this.#count)), this.#count);
    this.#from = Math.min(Math.max(0, from), this.#count - width);
    this.#to = this.#from + width;
    for (const listener of this.#listeners) listener();
  }

  /** Begins anew: with all columns, or as many as can be told apart. */
  reset(count: number, most: number): void {
    this.#count = Math.max(1, count);
    this.#set(0, Math.min(this.#count, Math.max(8, most)));
  }

  fit(): void {
    this.#set(0, this.#count);
  }

  /** Zooms by a factor; `at` stays where it is. */
  zoom(factor: number, at: number): void {
    const span = Math.min(Math.max(this.span * factor, 4), this.#count);
    const share = (at - this.#from) / this.span;
    this.#set(at - share * span, span);
  }

  panTo(from: number): void {
    this.#set(from, this.span);
  }

  pan(columns: number): void {
    this.panTo(this.#from + columns);
  }

  /** Moves as little as needed for a column to be seen. */
  reveal(column: number): void {
    const margin = Math.min(2, this.span / 4);
    if (column < this.#from + margin) this.panTo(column - margin);
    else if (column + 1 > this.#to - margin) this.panTo(column + 1 + margin - this.span);
  }
}
