import type { Node as OhmNode } from 'ohm-js';
import type { Expr } from './ast.js';
import { spanOf } from './cursor.js';
import { addExpressionOperations, labGrammar, toExpr } from './expressions.js';
import type { Name } from './lab-ast.js';

/** What reads the trees of a lab's statements; `declarations.ts` and `scenarios.ts` add their operations. */
export const labSemantics = labGrammar.createSemantics();
addExpressionOperations(labSemantics);

export const toName = (node: OhmNode): Name => ({ name: node.sourceString, span: spanOf(node) });
export const list = (node: OhmNode): OhmNode[] => node.asIteration().children;
/** The one node of an optional part, if it is there. */
export const only = (node: OhmNode): OhmNode | undefined => node.children[0];
export const toOptionalExpr = (node: OhmNode): Expr | undefined => {
  const one = only(node);
  return one === undefined ? undefined : toExpr(one);
};
