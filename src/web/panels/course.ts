import { CHECKS } from '../course/checks.js';
import { lessons, type ShippedLesson } from '../course/lessons.js';
import { Progress } from '../course/progress.js';
import { button, h, put } from '../dom.js';
import { lessonAt, startOf } from '../opened.js';
import { LabClient } from '../protocol/client.js';
import type { LabText } from '../protocol/protocol.js';
import { browserMemory } from '../split.js';
import { firstTrouble } from '../summary.js';

export interface CourseActions {
  readonly close: () => void;
  /** The reader's lab. */
  readonly lab: () => LabText;
}

const hashOf = ({ number }: ShippedLesson): string => `#lesson=${number}`;

/** What is between backticks is code. */
const inline = (text: string): (HTMLElement | string)[] =>
  text.split('`').map((part, i) => (i % 2 === 1 ? h('code', {}, part) : part));

/** A lesson: its text, its question, and what is said of an answer. */
export class CoursePanel {
  readonly element = h('section', { class: 'lesson', 'aria-label': 'lesson', hidden: true });
  /** The way in. */
  readonly button: HTMLElement;
  readonly #actions: CourseActions;
  readonly #progress = new Progress(browserMemory);
  readonly #said = h('p', { class: 'said', role: 'status' });
  /** A worker of its own, so that a long exploration keeps nobody waiting; it starts with the first answer. */
  #client: LabClient | undefined;
  #lesson: ShippedLesson | undefined;

  constructor(actions: CourseActions) {
    this.#actions = actions;
    this.button = button('Course', 'eight short lessons, each with a question', () => this.#enter());
  }

  get lesson(): ShippedLesson | undefined {
    return this.#lesson;
  }

  /** Shows a lesson, or none. Whoever has come by the keyboard goes on from there. */
  show(lesson: ShippedLesson | undefined): void {
    if (lesson === this.#lesson) return;
    const isFocused = [this.element, this.button].some((e) => e.contains(document.activeElement));
    this.#lesson = lesson;
    this.element.hidden = lesson === undefined;
    put(this.#said);
    if (lesson !== undefined) this.#draw(lesson);
    if (!isFocused) return;
    if (lesson === undefined) this.button.focus();
    else this.element.querySelector('h2')?.focus();
  }

  /** The first lesson that is not solved; from within one, out of the course. */
  #enter(): void {
    if (this.#lesson !== undefined) {
      this.#actions.close();
      return;
    }
    const next = lessons().find(({ name }) => !this.#progress.has(name)) ?? lessons()[0];
    if (next !== undefined) location.hash = hashOf(next);
  }

  #draw(lesson: ShippedLesson): void {
    const { number, title, text, question, hint, checks } = lesson;
    const isTyped = checks.some((check) => CHECKS[check.kind].isTyped);
    const answer = h('input', {
      id: 'answer',
      autocomplete: 'off',
      autocapitalize: 'off',
      spellcheck: 'false',
      'aria-label': 'answer',
    });
    const next = lessonAt(number + 1);
    const form = h(
      'form',
      { class: 'controls' },
      isTyped ? answer : undefined,
      h('button', { type: 'submit', class: 'main' }, isTyped ? 'Answer' : 'Check my lab'),
      next && h('a', { href: hashOf(next), title: next.title }, 'next lesson'),
    );
    form.addEventListener('submit', (e) => {
      e.preventDefault();
      void this.#judge(lesson, isTyped ? answer.value.trim() : '');
    });
    put(
      this.element,
      this.#contents(lesson),
      h('h2', { tabindex: -1 }, `${number}. ${title}`),
      h(
        'div',
        { class: 'read', tabindex: 0, role: 'group', 'aria-label': 'what there is to know' },
        ...text.map((paragraph) => h('p', {}, ...inline(paragraph))),
      ),
      h('p', { class: 'question' }, ...inline(question)),
      form,
      this.#said,
      hint === undefined
        ? undefined
        : h('details', {}, h('summary', {}, 'a hint'), h('p', {}, ...inline(hint))),
    );
    this.element.scrollTop = 0;
  }

  /** All lessons, with a tick on those that are solved. */
  #contents(here: ShippedLesson): HTMLElement {
    return h(
      'nav',
      { class: 'lessons', 'aria-label': 'lessons' },
      ...lessons().map((lesson) => {
        const { number, title, name } = lesson;
        const isSolved = this.#progress.has(name);
        const attributes = {
          href: hashOf(lesson),
          title,
          'aria-label': `lesson ${number}: ${title}${isSolved ? ', solved' : ''}`,
          ...(lesson === here && { 'aria-current': 'page' }),
        };
        return h('a', attributes, isSolved ? `${number} ✓` : `${number}`);
      }),
      button('✕', 'close the course', () => this.#actions.close(), {
        'aria-label': 'close the course',
      }),
    );
  }

  async #judge(lesson: ShippedLesson, typed: string): Promise<void> {
    put(this.#said, 'checking');
    this.#said.className = 'said';
    this.#client ??= new LabClient();
    const { scenario, guard, kernel, change, checks } = lesson;
    const lab = this.#actions.lab();
    const start = startOf(lesson);
    const answer = await this.#client.ask('lesson', lab, {
      guard: undefined,
      kernel: undefined,
      lesson: { start, scenario, guard, kernel, change, checks, typed },
    });
    if (lesson !== this.#lesson) return;
    const { isSolved, why } = answer.lesson ?? {
      isSolved: false,
      why: firstTrouble(answer.flaws, 'there is no verdict'),
    };
    this.#said.className = isSolved ? 'said good' : 'said bad';
    if (!isSolved) {
      put(this.#said, ...inline(`Not yet: ${why}.`));
      return;
    }
    this.#progress.solve(lesson.name);
    put(this.#said, ...inline(`Right. ${lesson.solved}`));
    this.element.querySelector('.lessons')?.replaceWith(this.#contents(lesson));
  }
}
