import { FILTERS, TESTS } from './plugins.js';

/** The texts of Jinja are matched as Jinja matches them. */
const TOKEN =
  /\s+|(?<text>'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*")|(?<number>\d+(?:\.\d+)?)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<mark>==|!=|<=|>=|\/\/|[-+*/%~<>|.,:()[\]=])/gy;
const WORDS = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else']);
const CONSTANTS = new Set(['true', 'false', 'none', 'True', 'False', 'None']);
/** Names that Ansible gives a meaning: they look up what is not the playbook's, or tell a plan from a run. */
const REFUSED = new Set([
  ...['lookup', 'query', 'q', 'vars', 'hostvars', 'self', 'caller', 'varargs', 'kwargs'],
  ...['undef', 'now', 'range', 'dict', 'lipsum', 'cycler', 'joiner', 'namespace', 'environment'],
]);
/** Filters whose first argument names an attribute, and whose second one names a test. */
const CHOOSING = new Set(['selectattr', 'rejectattr']);

interface Token {
  kind: 'text' | 'number' | 'name' | 'mark';
  text: string;
}

/** A name that a playbook may give a variable: what begins with `ansible_` is how Ansible reaches a host. */
export function isVariableName(name: string): boolean {
  return (
    /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name) &&
    !/^(__|ansible_)/i.test(name) &&
    !REFUSED.has(name) &&
    !WORDS.has(name) &&
    !CONSTANTS.has(name)
  );
}

/**
 * What is wrong with an expression of Jinja; undefined: nothing. Only a part of the language is read: names, attributes, comparisons, known filters and tests.
 * Nothing else is called, so no lookup runs and no method.
 */
export function expressionProblem(source: string): string | undefined {
  const tokens = tokensOf(source);
  if (typeof tokens === 'string') return tokens;
  if (tokens.length === 0) return 'has an empty expression';
  for (let at = 0; at < tokens.length;) {
    const read = problemAt(tokens, at);
    if (typeof read === 'string') return read;
    at = read;
  }
  return undefined;
}

function tokensOf(source: string): Token[] | string {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(source)?.groups;
    if (!groups) return `has an expression with \`${source[at] ?? ''}\`, which is not read here`;
    const found = Object.entries(groups).find(([, text]) => text !== undefined);
    if (found) tokens.push({ kind: found[0] as Token['kind'], text: found[1] });
  }
  return tokens;
}

/** Looks at one token, or at a name with its parts. Returns what comes next, or what is wrong. */
function problemAt(tokens: readonly Token[], at: number): number | string {
  const token = tokens[at];
  const before = tokens[at - 1];
  if (token?.kind === 'text') {
    if (before?.kind === 'text') return 'has two texts side by side in an expression';
    if (/\{[{%#]/.test(token.text)) return 'has a template inside of an expression';
    return token.text.includes('__') ? 'has `__` in an expression' : at + 1;
  }
  if (token?.kind === 'name') return nameAt(tokens, at);
  if (token?.text === '(' && !mayGroup(before)) return 'must not call anything but a filter or a test';
  if (token?.text === '*' && ['(', ',', '*'].includes(before?.text ?? '('))
    return 'has a `*` that is no multiplication';
  return at + 1;
}

/** Whether a bracket after this one only groups: after a value it would be a call. */
function mayGroup(before: Token | undefined): boolean {
  if (!before) return true;
  if (before.kind === 'name') return WORDS.has(before.text);
  return before.kind === 'mark' && ![')', ']', '.'].includes(before.text);
}

function nameAt(tokens: readonly Token[], at: number): number | string {
  const [token, before] = [tokens[at], tokens[at - 1]];
  const name = token?.text ?? '';
  const isTest = before?.text === 'is' || (before?.text === 'not' && tokens[at - 2]?.text === 'is');
  if (isTest && name === 'not') return at + 1;
  if (before?.text === '|' || isTest) return pluginAt(tokens, at, isTest);
  if (before?.text === '.') return name.startsWith('_') ? `reads \`.${name}\`` : at + 1;
  if (WORDS.has(name)) return wordAt(tokens, at);
  if (CONSTANTS.has(name)) return at + 1;
  if (tokens[at + 1]?.text === '=' && ['(', ','].includes(before?.text ?? '')) return at + 1;
  if (name === 'ansible_facts') return at + 1;
  if (!isVariableName(name)) return `must not use \`${name}\` in an expression`;
  return at + 1;
}

/** Where no value stands before it, Jinja takes a word such as `is` for a name. */
function wordAt(tokens: readonly Token[], at: number): number | string {
  const word = tokens[at]?.text ?? '';
  const before = tokens[at - 1];
  const isNotIn = word === 'in' && before?.text === 'not';
  const value = isNotIn ? tokens[at - 2] : before;
  return word === 'not' || isValue(value) ? at + 1 : `has \`${word}\` without a value before it`;
}

function isValue(token: Token | undefined): boolean {
  if (!token) return false;
  if (token.kind === 'mark') return token.text === ')' || token.text === ']';
  return token.kind !== 'name' || !WORDS.has(token.text);
}

/** A filter or a test, with its whole name; a bracket after it holds its arguments. */
function pluginAt(tokens: readonly Token[], at: number, isTest: boolean): number | string {
  let [end, full] = [at + 1, tokens[at]?.text ?? ''];
  while (tokens[end]?.text === '.' && tokens[end + 1]?.kind === 'name') {
    full += `.${tokens[end + 1]?.text ?? ''}`;
    end += 2;
  }
  const short = full.replace(/^ansible\.builtin\./, '');
  const known = isTest ? TESTS : FILTERS;
  if (!known.has(short)) return `must not use the ${isTest ? 'test' : 'filter'} \`${full}\``;
  if (!isTest && (CHOOSING.has(short) || short === 'map')) {
    const refused = choiceProblem(tokens, end, short);
    if (refused !== undefined) return refused;
  }
  return tokens[end]?.text === '(' ? end + 1 : end;
}

/** `map` takes an attribute only: it could name any filter. Those that choose name one of the known tests. */
function choiceProblem(tokens: readonly Token[], at: number, filter: string): string | undefined {
  const [open, first, next, test, close] = tokens.slice(at, at + 5);
  const said = `takes \`${filter}\` only with an attribute${filter === 'map' ? '' : ' and a known test'}`;
  if (open?.text !== '(') return said;
  if (filter === 'map') return first?.text === 'attribute' && next?.text === '=' ? undefined : said;
  if (first?.kind !== 'text') return said;
  if (next?.text === ')') return undefined;
  const isKnown = test?.kind === 'text' && TESTS.has(test.text.slice(1, -1));
  return next?.text === ',' && isKnown && [',', ')'].includes(close?.text ?? '') ? undefined : said;
}
