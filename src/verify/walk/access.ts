/** A load or a store, as an instruction or a call makes it. */
export interface Access {
  /** Number of the register with the pointer. */
  readonly register: number;
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
  readonly mode: 'read' | 'write';
  /** Register that is loaded or stored; undefined: nobody asks for what is read, what is written is not known. */
  readonly value?: number;
  /** What is stored, if it is a number in the instruction. */
  readonly immediate?: number;
  /** A load that copies the sign. */
  readonly signed?: boolean;
  /** Has to be aligned whatever it points to. */
  readonly strict?: boolean;
}
