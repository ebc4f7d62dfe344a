import { ReferenceProblem } from './reference.js';

/** An action of Go's template language: `{{ … }}`. Other texts in double braces, such as Ansible's, are left alone. */
const ACTION = /^\s*(\.|-\s|if\b|else\b|end\b|range\b|with\b|define\b|template\b|block\b)|\.parameters\b/;
const PARAMETER = /^\s*-?\s*\.(?:parameters|Parameters)\.([A-Za-z0-9_.-]*[A-Za-z0-9_])\s*-?\s*$/;

/**
 * The name of the input that an action stands for: `{{ .parameters.x }}` is read as `${inputs.x}`. Undefined if the
 * braces are not an action of Go's templates. Throws for any other action, with the CEL that does the same if it is a
 * condition.
 */
export function inputOfAction(inner: string): string | undefined {
  const parameter = PARAMETER.exec(inner)?.[1];
  if (parameter !== undefined) return parameter;
  if (!ACTION.test(inner)) return undefined;
  const action = inner.replace(/^\s*-?\s*|\s*-?\s*$/g, '');
  const condition = /^(?:else\s+)?if\s+(.*)$/s.exec(action)?.[1];
  const cel = condition === undefined ? undefined : celOf(condition);
  throw new ReferenceProblem(
    `\`{{ ${action} }}\` is logic of Go's templates: put the condition into \`if\` of a step, in CEL`,
    cel === undefined ? undefined : `if: ${cel}`,
  );
}

/** The CEL for a condition of Go's templates; undefined if it has more than comparisons, `and`, `or` and `not`. */
function celOf(condition: string): string | undefined {
  const tokens = condition.match(/"(?:[^"\\]|\\.)*"|[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const operand = (): string | undefined => {
    const token = tokens[at++];
    if (token === undefined) return undefined;
    if (token === '(') {
      const inner = call();
      return tokens[at++] === ')' && inner !== undefined ? inner : undefined;
    }
    const parameter = /^\.parameters\.([\w.]+)$/.exec(token)?.[1];
    if (parameter !== undefined) return `inputs.${parameter}`;
    return /^("|-?\d|true$|false$)/.test(token) ? token : undefined;
  };
  const call = (): string | undefined => {
    const operator = OPERATORS[tokens[at] ?? ''];
    if (operator === undefined) return operand();
    at += 1;
    const operands: (string | undefined)[] = [];
    while (at < tokens.length && tokens[at] !== ')') operands.push(operand());
    const known = operands.filter((each) => each !== undefined);
    if (known.length < operands.length || known.length === 0) return undefined;
    if (operator === '!') return known.length === 1 ? `!(${known[0]})` : undefined;
    const joined = known.map((each) => (/ (&&|\|\|) /.test(each) ? `(${each})` : each)).join(` ${operator} `);
    return known.length > 1 ? joined : undefined;
  };
  const cel = call();
  return at === tokens.length ? cel : undefined;
}

const OPERATORS: Readonly<Record<string, string>> = {
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  and: '&&',
  or: '||',
  not: '!',
};
