// cspell:ignore formals
/** A grammar's recipe, as ohm makes grammars of them. */
export type Recipe = string | number | null | readonly Recipe[] | { readonly [name: string]: Recipe };

/** A word of the language and nothing that goes on with it, which most rules are. */
const wordRule = (word: Recipe): Recipe => [
  'define',
  {},
  `\`${word}\``,
  [],
  ['seq', {}, ['terminal', {}, word], ['not', {}, ['app', {}, 'rest', []]]],
];

const isSame = (a: Recipe, b: Recipe): boolean => JSON.stringify(a) === JSON.stringify(b);

const mapped = (all: Recipe, of: (one: Recipe) => Recipe): Recipe =>
  Object.fromEntries(Object.entries(all as object).map(([name, one]) => [name, of(one as Recipe)]));

/** Of an expression: a rule that is applied is its name, a text an array of its own, and nothing has the place in a source. */
function packBody(body: Recipe): Recipe {
  if (!Array.isArray(body)) return body;
  const [kind, , ...rest] = body as Recipe[];
  if (kind === 'terminal') return rest;
  if (kind !== 'app') return [kind!, ...(kind === 'range' ? rest : rest.map(packBody))];
  const [rule, given] = rest as [Recipe, Recipe[]];
  return given.length === 0 ? rule : [kind, rule, given.map(packBody)];
}

function unpackBody(body: Recipe): Recipe {
  if (typeof body === 'string') return ['app', {}, body, []];
  if (!Array.isArray(body)) return body;
  const [kind, ...rest] = body as Recipe[];
  if (rest.length === 0) return ['terminal', {}, kind!];
  if (kind === 'app') return [kind, {}, rest[0]!, (rest[1] as Recipe[]).map(unpackBody)];
  return [kind!, {}, ...(kind === 'range' ? rest : rest.map(unpackBody))];
}

function packRule(rule: Recipe): Recipe {
  const [action, , description, formals, body] = rule as Recipe[];
  const word = typeof description === 'string' ? description.slice(1, -1) : '';
  return isSame(rule, wordRule(word)) ? word : [action!, description!, formals!, packBody(body!)];
}

function unpackRule(rule: Recipe): Recipe {
  if (!Array.isArray(rule)) return wordRule(rule);
  const [action, description, formals, body] = rule as Recipe[];
  return [action!, {}, description!, formals!, unpackBody(body!)];
}

/** A recipe as the page loads it. */
export function packGrammar(recipe: Recipe): Recipe {
  const [, , name, parent, start, rules] = recipe as Recipe[];
  return [name!, Array.isArray(parent) ? packGrammar(parent) : parent!, start!, mapped(rules!, packRule)];
}

export function unpackGrammar(packed: Recipe): Recipe {
  const [name, parent, start, rules] = packed as Recipe[];
  const above = Array.isArray(parent) ? unpackGrammar(parent) : parent!;
  return ['grammar', {}, name!, above, start!, mapped(rules!, unpackRule)];
}
