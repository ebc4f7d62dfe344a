import type { ASTNode } from '@marcbachmann/cel-js';

export function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** The nodes below a node, or in a list of nodes. */
export function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isNode(value) && typeof value.args === 'object' ? [value.args].flat() : [];
}
