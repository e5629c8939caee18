/// <reference types="vite/client" />

// A declared module cannot import by a relative name.
type HelpSection = import('./help/article.js').Section;
type HelpGuard = import('./help/article.js').ShippedGuard;

/** What `help/build.ts` makes of the READMEs, by the names of pages, and of the guards. */
declare module 'virtual:help' {
  export const READMES: Readonly<Record<string, readonly HelpSection[]>>;
  export const GUARDS: readonly HelpGuard[];
}
