import { inputOfAction } from './go-template.js';
import { type Part, parseReference, ReferenceProblem } from './reference.js';

const MARK = /\$\$\{|\$\{|\{\{/g;
/** Characters between the braces. */
const MAX_INNER = 1000;

/**
 * The parts of a text: `${…}` and `{{ .parameters.x }}` are references, `$${` is the text `${`. Throws a
 * ReferenceProblem.
 */
export function parseText(text: string): Part[] {
  const parts: Part[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    const next = nextMark(text, at);
    literal += text.slice(at, next);
    at = next;
    if (text.startsWith('$${', at)) {
      literal += '${';
      at += 3;
      continue;
    }
    if (at >= text.length) break;
    const open = text.slice(at, at + 2);
    const close = open === '${' ? '}' : '}}';
    // no further than this, so that many marks in a long text cost no more than the text is long
    const length = text.slice(at + 2, at + 2 + MAX_INNER + close.length).indexOf(close);
    if (length < 0 && open === '${')
      throw new ReferenceProblem('`${` has no `}`: `$${` stands for the text `${`', '$${');
    const inner = text.slice(at + 2, at + 2 + Math.max(length, 0));
    const input = open === '${' ? undefined : inputOfAction(inner);
    if (open === '{{' && input === undefined) {
      literal += '{{';
      at += 2;
      continue;
    }
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(parseReference(input === undefined ? inner : `inputs.${input}`));
    at += 2 + length + close.length;
  }
  if (literal !== '' || parts.length === 0) parts.push(literal);
  return parts;
}

function nextMark(text: string, from: number): number {
  MARK.lastIndex = from;
  return MARK.exec(text)?.index ?? text.length;
}
