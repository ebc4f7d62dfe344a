import fc from 'fast-check';
import type { JsonObject } from '../../../../src/documents/model.js';
import { fillParams } from '../../../../src/documents/score/placeholders.js';
import { readScore } from '../../../../src/documents/score/read-score.js';

const HEAD = 'apiVersion: score.dev/v1b1\nmetadata: {name: shop}\n';
const read = (resources: string) => {
  const { value, errors, warnings } = readScore('score.yaml', `${HEAD}resources:\n${resources}`);
  expect(errors).toEqual([]);
  return { resources: value?.resources ?? [], warnings: warnings.map(({ message }) => message) };
};

describe('a Score file', () => {
  it('gives the application and its resources', () => {
    const { value, errors } = readScore(
      'score.yaml',
      `${HEAD}containers: {web: {image: nginx, variables: {X: '\${resources.db.url}'}}}\nservice: {ports: {www: {port: 80}}}
resources:
  db: {type: postgres, class: large, metadata: {annotations: {a: b}}, params: {name: '\${metadata.name}', size: 3}}
  gateway: {type: payment-gateway}
`,
    );
    expect(errors).toEqual([]);
    expect(value).toEqual({
      app: 'shop',
      resources: [
        { names: ['db'], type: 'postgres', class: 'large', params: { name: '${metadata.name}', size: 3 } },
        { names: ['gateway'], type: 'payment-gateway', class: 'default', params: {} },
      ],
    });
  });

  it('may say `properties`, as the guide for product teams does', () => {
    const { resources, warnings } = read(
      '  payment-gateway:\n    type: payment-gateway  # Custom type from product team\n    properties:\n      provider: stripe\n',
    );
    expect(resources).toEqual([
      {
        names: ['payment-gateway'],
        type: 'payment-gateway',
        class: 'default',
        params: { provider: 'stripe' },
      },
    ]);
    expect(warnings).toEqual(['Score calls this field `params`']);
  });

  it('has one resource for one type, class and id', () => {
    const shared = '{type: s3, id: shared, params: {a: 1}}';
    expect(
      read(`  a: ${shared}\n  b: ${shared}\n  c: {type: s3, id: shared}\n  d: {type: s3}\n`).resources,
    ).toMatchObject([{ names: ['a', 'b', 'c'], id: 'shared', params: { a: 1 } }, { names: ['d'] }]);
  });

  it.each([
    ['metadata: {name: shop}', /`apiVersion` must be/, 1, 1],
    ['apiVersion: score.dev/v1b1', /needs `metadata` with `name`/, 1, 1],
    [`${HEAD}environment: {type: dev}`, 'A Score file has no field `environment`', 3, 1],
    [`${HEAD}resources: {a: {typ: s3}}`, 'A resource has no field `typ`', 3, 17],
    [`${HEAD}resources: {a: {class: s3}}`, 'A resource needs `type`', 3, 13],
    [`${HEAD}resources: {a: {type: s3, params: 5}}`, '`params` must be a mapping', 3, 35],
    [
      `${HEAD}resources: {a: {type: s3, params: {x: '\${resources.b.y}'}}}`,
      /there is no resource `b`/,
      3,
      39,
    ],
    [`${HEAD}resources: {a: {type: s3, params: {x: '\${inputs.b}'}}}`, /is not a placeholder/, 3, 39],
    [
      `${HEAD}resources:\n  a: {type: s3, id: i, params: {x: 1}}\n  b: {type: s3, id: i, params: {x: 2}}`,
      /are one resource/,
      5,
      3,
    ],
  ])('is refused with the place: %j', (text, message, line, column) => {
    const [finding] = readScore('score.yaml', text).errors;
    if (typeof message === 'string') expect(finding?.message).toBe(message);
    else expect(finding?.message).toMatch(message);
    expect(finding).toMatchObject({ file: 'score.yaml', line, column });
  });

  it('has its placeholders filled in once, and nothing else is read as one', () => {
    const scope = { app: 'shop', resources: { db: { port: 5, url: 'x' } } };
    const one = (text: string) => fillParams({ text }, scope).text;
    expect(one('${metadata.name}-${resources.db.port}')).toBe('shop-5');
    expect(one('${resources.db.port}')).toBe(5);
    expect(one('$${metadata.name}')).toBe('${metadata.name}');
    expect(one('{{ .parameters.x }} $x')).toBe('{{ .parameters.x }} $x');
    expect(() => one('${resources.db.gone}')).toThrow('has no value');
    expect(() => one('a${resources.db}')).toThrow('not a single value');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (url) => {
        const filled = fillParams(
          { a: '${resources.db.url}', b: '-${resources.db.url}-' },
          { app: 'a', resources: { db: { url } } },
        );
        expect(filled).toEqual({ a: url, b: `-${url}-` } satisfies JsonObject);
      }),
    );
  });
});
