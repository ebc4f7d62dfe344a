import type { Json } from '../model.js';
import { isObject } from '../reader.js';
import { expressionProblem, isVariableName } from './expressions.js';

/** What is wrong with a playbook, and where. */
export interface Refusal {
  /** The way to the place, such as `playbook.0.tasks.1`. */
  at: string;
  rule: string;
}
export type Refuse = (at: string, rule: string) => void;

const OPEN = /\{[{%#]/g;
/** What is between double braces: texts in quotes as they stand, and no other braces. */
const INNER = /((?:'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"|[^'"{}])*)\}\}/y;

/** What is wrong with a text that Ansible reads as a template. */
export function templateProblem(text: string): string | undefined {
  // Ansible takes other marks than braces from a text that begins so
  if (text.includes('#jinja2:')) return 'must not have `#jinja2:`';
  let at = 0;
  for (;;) {
    OPEN.lastIndex = at;
    const open = OPEN.exec(text);
    if (!open) return undefined;
    if (open[0] !== '{{') return `must not have \`${open[0]}\`: only expressions in \`{{ }}\``;
    INNER.lastIndex = open.index + 2;
    const inner = INNER.exec(text)?.[1];
    if (inner === undefined) return 'has `{{` and no expression that ends with `}}`';
    if (/^[-+]|[-+]$/.test(inner)) return 'must not have `{{-` or `-}}`';
    const problem = expressionProblem(inner);
    if (problem !== undefined) return problem;
    at = INNER.lastIndex;
  }
}

/** Looks at all texts of a value, and at the names of its fields, which Ansible reads as templates in places. */
export function valueProblems(value: Json, at: string, refuse: Refuse): void {
  if (typeof value === 'string') {
    const problem = templateProblem(value);
    if (problem !== undefined) refuse(at, problem);
  } else if (Array.isArray(value))
    for (const [index, each] of value.entries()) valueProblems(each, `${at}.${index}`, refuse);
  else if (typeof value === 'object' && value !== null)
    for (const [name, each] of Object.entries(value)) {
      const problem = fieldProblem(name);
      if (problem !== undefined) refuse(at, problem);
      valueProblems(each, `${at}.${name}`, refuse);
    }
}

/** What is wrong with the name of a field. Ansible reads an object with `__ansible_…` as something else than an object. */
export function fieldProblem(name: string): string | undefined {
  if (name.includes('{{') || name.includes('{%') || name.includes('{#'))
    return 'must not have a template as the name of a field';
  return name.startsWith('__ansible') ? `must not have a field \`${name}\`` : undefined;
}

/** Conditions: expressions without braces, as a text, or a list of them. */
export function conditionProblems(value: Json | undefined, at: string, refuse: Refuse): void {
  if (value === undefined || typeof value === 'boolean') return;
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) conditionProblems(each, `${at}.${index}`, refuse);
    return;
  }
  const problem =
    typeof value === 'string'
      ? conditionProblem(value)
      : 'must be an expression, true, false, or a list of them';
  if (problem !== undefined) refuse(at, problem);
}

function conditionProblem(text: string): string | undefined {
  if (/\{[{%#]/.test(text)) return 'is an expression already: no braces stand in it';
  return text.includes('#jinja2:') ? 'must not have `#jinja2:`' : expressionProblem(text);
}

/** Variables that a playbook sets. Those of Ansible itself say how a host is reached, and by which programs of the worker. */
export function varsProblems(value: Json, at: string, refuse: Refuse): void {
  if (!isObject(value)) return refuse(at, 'must be a mapping');
  for (const name of Object.keys(value))
    if (!isVariableName(name)) refuse(at, `must not set the variable \`${name}\``);
}
