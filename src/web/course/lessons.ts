import { type Lesson, parseLesson } from './lesson.js';

/** The lessons that come with the program, built into the page. */
const FILES: Record<string, string> = import.meta.glob('../../../programs/course/*.lesson', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export interface ShippedLesson extends Lesson {
  /** Its file's, without the ending: progress is kept by it. */
  readonly name: string;
  /** From 1, as in the address. */
  readonly number: number;
}

let parsed: readonly ShippedLesson[] | undefined;

/** All of them in order; they are read when somebody first asks for one. */
export function lessons(): readonly ShippedLesson[] {
  parsed ??= Object.keys(FILES)
    .sort()
    .map((path, i) => {
      const name = path.slice(path.lastIndexOf('/') + 1, -'.lesson'.length);
      return { ...parseLesson({ name: path, text: FILES[path]! }), name, number: i + 1 };
    });
  return parsed;
}
