import { h } from '../dom.js';
import { LabEditor } from '../editor/editor.js';
import { type FileActions, filesBar } from '../files.js';
import type { Answer, Flaw, LabText } from '../protocol/protocol.js';
import { DoBox } from './do-box.js';
import { Intro, introOf } from './intro.js';
import { Problems } from './problems.js';
import { OWN } from './toolbar.js';

export interface LabPaneActions extends FileActions {
  /** Finds what is wrong with a text. */
  readonly check: (text: string) => Promise<readonly Flaw[]>;
  readonly run: () => void;
  readonly changed: () => void;
}

/** The lab: what it says of itself, its text, and what is wrong with it. */
export class LabPane {
  readonly parts: readonly HTMLElement[];
  readonly #editor: LabEditor;
  readonly #intro = new Intro();
  readonly #problems = new Problems(({ from, to }) => {
    if (from !== undefined) this.#editor.select(from, to ?? from);
  });
  readonly #do: DoBox;
  readonly #unheld = h(
    'p',
    { class: 'warn', hidden: true },
    'This is too much for an address: a link will not show it.',
  );
  /** Object files that were opened, by name. */
  readonly #files = new Map<string, Uint8Array>();
  /** What was found in the text that was looked at last. */
  #checked: Promise<readonly Flaw[]> = Promise.resolve([]);
  /** Of a shipped lab, or `OWN`. */
  #name = OWN;

  constructor(actions: LabPaneActions) {
    this.#editor = new LabEditor({
      // One after the other: of a text that has changed meanwhile nothing is asked, since an answer can take seconds.
      check: (text) => {
        this.#checked = this.#checked.then(() => (text === this.text ? this.#check(text, actions) : []));
        return this.#checked;
      },
      run: actions.run,
      changed: () => {
        this.#do.show(this.text);
        actions.changed();
      },
    });
    this.#do = new DoBox((text) => actions.opened({ kind: 'lab', name: '', bytes: new Uint8Array(), text }));
    this.parts = [
      filesBar(actions),
      this.#do.element,
      this.#intro.element,
      this.#unheld,
      this.#editor.element,
      this.#problems.element,
    ];
  }

  async #check(text: string, actions: LabPaneActions): Promise<readonly Flaw[]> {
    const flaws = await actions.check(text);
    this.#problems.show(flaws, text);
    return flaws;
  }

  get name(): string {
    return this.#name;
  }

  get text(): string {
    return this.#editor.text;
  }

  get lab(): LabText {
    const name = this.#name === OWN ? 'mine.bpf' : `programs/${this.#name}.bpf`;
    return { name, text: this.text, files: this.#files };
  }

  /** Shows a lab from a place on; from what comes after its introduction, where none is given. */
  load(name: string, text: string, from = introOf(text).end): void {
    this.#name = name;
    this.#editor.load(text, from);
    this.#intro.show(text);
    this.#do.show(text);
  }

  /** What was a shipped lab has been changed. */
  own(): void {
    this.#name = OWN;
  }

  addFile(name: string, bytes: Uint8Array): void {
    this.#files.set(name, bytes);
  }

  /** Whether an address can hold all that is shown. */
  set isHeld(isHeld: boolean) {
    this.#unheld.hidden = isHeld;
  }

  /** Looks again at what is wrong: a run has shown more. */
  ran({ runs, flaws }: Answer): void {
    this.#do.ran(runs, flaws);
    this.#editor.recheck();
  }

  select(from: number, to: number): void {
    this.#editor.select(from, to);
  }

  selectLine(line: number): void {
    this.#editor.selectLine(line);
  }
}
