/** Ids of an old state and what they are in the new one (check_ids). A walk has one, which begins anew for each pair of states. */
export class PairedIds {
  readonly #old: number[] = [];
  readonly #now: number[] = [];
  #count = 0;
  #temporary = 0;

  /** None yet; `last`: the last id that the walk has given out. */
  begin(last: number): this {
    this.#count = 0;
    this.#temporary = last;
    return this;
  }

  match(old: number, now: number): boolean {
    if (old === 0 || now === 0) return old === now;
    for (let i = 0; i < this.#count; i++) {
      if (this.#old[i] === old) return this.#now[i] === now;
      if (this.#now[i] === now) return false;
    }
    this.#old[this.#count] = old;
    this.#now[this.#count++] = now;
    return true;
  }

  /** Scalars: what was on its own may be tied now, what was tied must be tied alike. */
  matchScalars(old: number, now: number): boolean {
    return old === 0 || this.match(old, now === 0 ? ++this.#temporary : now);
  }
}
