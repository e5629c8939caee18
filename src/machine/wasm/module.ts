import { Bytes } from './bytes.js';
import { EXTERN, I32, type ValueType } from './code.js';

/** A function's type. */
export interface Signature {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

const SECTION = { type: 1, import: 2, function: 3, global: 6, export: 7, code: 10 } as const;
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00] as const;
const KIND = { function: 0, memory: 2, global: 3 } as const;
const CONSTANT = 0;
const MUTABLE = 1;
/** Limits of a memory: with a maximum, and shared between threads of the host besides. */
const LIMITS = { bounded: 1, shared: 3 } as const;

interface Imported {
  readonly name: string;
  readonly signature: Signature;
}

interface Defined {
  readonly type: number;
  readonly body: Uint8Array;
  readonly exported: string | undefined;
}

/**
 * A WebAssembly module in the making: one imported memory (`m.memory`), imported functions and things of the host, i32
 * globals that begin at zero, functions. Sections are written in the order the binary format asks for.
 */
export class ModuleBuilder {
  readonly #types: Signature[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #imports: Imported[] = [];
  /** Names of the host's things: the first globals. */
  readonly #things: string[] = [];
  readonly #functions: (Defined | undefined)[] = [];
  readonly #pages: number;
  readonly #shared: boolean;
  #globals = 0;

  /** `pages` is the exact size of the memory. */
  constructor(pages: number, shared = false) {
    this.#pages = pages;
    this.#shared = shared;
  }

  type(signature: Signature): number {
    const key = `${signature.params.join()}>${signature.results.join()}`;
    let index = this.#byKey.get(key);
    if (index === undefined) {
      index = this.#types.length;
      this.#types.push(signature);
      this.#byKey.set(key, index);
    }
    return index;
  }

  /** All imports come before the first function. */
  importFunction(name: string, signature: Signature): number {
    this.type(signature);
    this.#imports.push({ name, signature });
    return this.#imports.length - 1;
  }

  /** A global that holds something of the host. All of them come before the first of the module's own. */
  importThing(name: string): number {
    this.#things.push(name);
    return this.#things.length - 1;
  }

  global(): number {
    this.#globals += 1;
    return this.#things.length + this.#globals - 1;
  }

  /** Makes room for a function whose body comes later, so that others can call it. */
  declare(): number {
    this.#functions.push(undefined);
    return this.#imports.length + this.#functions.length - 1;
  }

  define(index: number, signature: Signature, body: Uint8Array, exported?: string): void {
    this.#functions[index - this.#imports.length] = { type: this.type(signature), body, exported };
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new Bytes();
    out.all(MAGIC);
    const section = (id: number, count: number, write: (s: Bytes) => void): void => {
      const content = new Bytes();
      content.unsigned(count);
      write(content);
      out.byte(id);
      out.unsigned(content.length);
      out.all(content.view());
    };
    const functions = this.#functions.map((f, i) => {
      if (f === undefined) throw new Error(`function ${i} was declared and not defined`);
      return f;
    });
    section(SECTION.type, this.#types.length, (s) => {
      for (const { params, results } of this.#types) {
        s.byte(0x60);
        s.unsigned(params.length);
        s.all(params);
        s.unsigned(results.length);
        s.all(results);
      }
    });
    section(SECTION.import, 1 + this.#things.length + this.#imports.length, (s) => {
      s.name('m');
      s.name('memory');
      s.all([KIND.memory, this.#shared ? LIMITS.shared : LIMITS.bounded]);
      s.unsigned(this.#pages);
      s.unsigned(this.#pages);
      for (const name of this.#things) {
        s.name('m');
        s.name(name);
        s.all([KIND.global, EXTERN, CONSTANT]);
      }
      for (const { name, signature } of this.#imports) {
        s.name('m');
        s.name(name);
        s.byte(KIND.function);
        s.unsigned(this.type(signature));
      }
    });
    section(SECTION.function, functions.length, (s) => {
      for (const f of functions) s.unsigned(f.type);
    });
    section(SECTION.global, this.#globals, (s) => {
      for (let i = 0; i < this.#globals; i += 1) s.all([I32, MUTABLE, 0x41, 0, 0x0b]);
    });
    const exported = functions.flatMap((f, i) =>
      f.exported === undefined ? [] : [{ name: f.exported, index: this.#imports.length + i }],
    );
    section(SECTION.export, exported.length, (s) => {
      for (const { name, index } of exported) {
        s.name(name);
        s.byte(KIND.function);
        s.unsigned(index);
      }
    });
    section(SECTION.code, functions.length, (s) => {
      for (const { body } of functions) {
        s.unsigned(body.length);
        s.all(body);
      }
    });
    return out.view();
  }
}
