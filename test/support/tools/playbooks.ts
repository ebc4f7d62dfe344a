import fc from 'fast-check';

/** Expressions of Jinja with one of these somewhere in them. */
export function expressionOf(inside: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const around = fc.constantFrom<(inner: string) => string>(
    (inner) => inner,
    (inner) => `(${inner})`,
    (inner) => `[1, ${inner}]`,
    (inner) => `a[${inner}]`,
    (inner) => `x if (${inner}) else y`,
    (inner) => `a ~ (${inner}) ~ 'b'`,
    (inner) => `a | default(${inner})`,
    (inner) => `(${inner}) | string | upper`,
    (inner) => `not (${inner})`,
    (inner) => `a == (${inner})`,
    (inner) => `b is match(${inner})`,
    (inner) => `a | replace('x', ${inner})`,
  );
  return fc
    .tuple(inside, fc.array(around, { maxLength: 5 }))
    .map(([inner, layers]) => layers.reduce((source, layer) => layer(source), inner));
}

/** Texts of pieces that mean something in Jinja. */
export const JINJA_TEXTS: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      ...[
        '{{',
        '}}',
        '{%',
        '%}',
        '{#',
        '#}',
        "'",
        '"',
        '\\',
        '(',
        ')',
        '[',
        ']',
        '|',
        ',',
        '.',
        ':',
        '~',
        '-',
        '*',
        '=',
      ],
      ...[
        ' ',
        '\n',
        '{',
        '}',
        'a',
        'item',
        'lookup',
        'q',
        'vars',
        'default',
        'map',
        'attribute',
        'expandvars',
        'is',
      ],
      ...[
        'not',
        'exists',
        'defined',
        'if',
        'else',
        'for',
        'in',
        'true',
        '1',
        '__class__',
        'join',
        'selectattr',
        'set',
      ],
    ),
    { maxLength: 14 },
  )
  .map((pieces) => pieces.join(' ').replace(/ (?=[^a-z])|(?<=[^a-z]) /g, ''));
