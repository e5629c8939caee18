import { shown } from '../text/shown.js';

/**
 * Builds elements, and is the only way in which text gets into the page: it only ever becomes text nodes and
 * attributes, and what could not be seen in it is shown as escapes. Nothing here, or in what uses it, parses markup.
 */

type Child = Node | string | undefined;

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Attributes that are read by people. */
const READ = ['title', 'label', 'aria-label', 'aria-valuetext'];

/** Sets an attribute, safe to be read where people read it. */
export function setAttribute(element: Element, name: string, value: string): void {
  element.setAttribute(name, READ.includes(name) ? shown(value) : value);
}

function add(element: Element, children: readonly Child[]): void {
  for (const child of children)
    if (child !== undefined && child !== '') element.append(typeof child === 'string' ? shown(child) : child);
}

function fill(element: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    setAttribute(element, name, value === true ? '' : String(value));
  }
  add(element, children);
}

/** Puts children into an element instead of what it has. */
export function put(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren();
  add(element, children);
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  fill(element, attributes, children);
  return element;
}

export function button(label: string, title: string, act: () => void, attributes: Attributes = {}) {
  const element = h('button', { type: 'button', title, ...attributes }, label);
  element.addEventListener('click', act);
  return element;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** The heading it is under. */
  readonly group?: string;
}

/** Fills a select, keeping what is chosen where that is still there. */
export function offer(select: HTMLSelectElement, choices: readonly Choice[], chosen: string): void {
  const groups = new Map<string, HTMLOptGroupElement>();
  select.replaceChildren();
  for (const { value, label, group } of choices) {
    let parent: HTMLElement = select;
    if (group !== undefined) {
      parent = groups.get(group) ?? h('optgroup', { label: group });
      groups.set(group, parent as HTMLOptGroupElement);
      select.append(parent);
    }
    parent.append(h('option', { value }, label));
  }
  select.value = choices.some((c) => c.value === chosen) ? chosen : (choices[0]?.value ?? '');
}

/** A labelled select. */
export function field(
  label: string,
  id: string,
  act: () => void,
): { readonly label: HTMLElement; readonly select: HTMLSelectElement } {
  const select = h('select', { id });
  select.addEventListener('change', act);
  return { label: h('label', { for: id, class: 'field' }, h('span', {}, label), select), select };
}
