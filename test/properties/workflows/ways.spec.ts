import { parse } from 'node:querystring';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { queryOf } from '../../../src/ctl/commands/run.js';
import type { Json, JsonObject, ResourceType, Workflow } from '../../../src/documents/model.js';
import { readWorkflow } from '../../../src/documents/workflows/read-workflow.js';
import type { Problem } from '../../../src/common/problems/problem.js';
import { type Given, givenParameters } from '../../../src/workflows/requests/given-parameters.js';
import { RunQueryPipe } from '../../../src/workflows/requests/run-query.js';
import { scoreText } from '../../../src/workflows/requests/score-field.js';

const S3: ResourceType = { type: 's3', operations: { create: 'create-bucket' } };
const LARGE: ResourceType = { type: 'postgres', class: 'large', operations: { create: 'create-bucket' } };

function workflowOf(parameters: Json): Workflow {
  const steps = [{ name: 'a', type: 'assert', with: { that: 'true' } }];
  const { value, errors } = readWorkflow('w.yaml', stringify({ name: 'w', parameters, steps }));
  expect(errors).toEqual([]);
  return value as Workflow;
}

const TYPES = workflowOf({
  type: 'object',
  properties: {
    text: { type: 'string' },
    flag: { type: 'boolean' },
    whole: { type: 'integer' },
    real: { type: 'number' },
    size: { enum: ['small', 'large', '1', 2, true] },
    keep: { type: 'string', pattern: '^([0-9]+(ms|s|m|h|d))+$' },
    empty: { type: ['string', 'null'] },
    texts: { type: 'array', items: { type: 'string' } },
    flags: { type: 'array', items: { type: 'boolean' } },
    deep: { type: 'object', properties: { flag: { type: 'boolean' }, text: { type: 'string' } } },
  },
});

/** What people write, and what looks like something else. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    'false',
    '007',
    '1',
    'null',
    '[]',
    '{}',
    '${team}',
    '$',
    '$$',
    '${metadata.name}',
    '- a',
    ' x ',
  ),
);
const values: fc.Arbitrary<JsonObject> = fc.record(
  {
    text,
    flag: fc.boolean(),
    whole: fc.maxSafeInteger(),
    real: fc.double({ min: -1e15, max: 1e15, noNaN: true }).map((each) => each + 0),
    size: fc.constantFrom<Json>('small', 'large', '1', 2, true),
    keep: fc.constantFrom('1h', '30m', '1h30m'),
    // as a text, `null` is the text
    empty: text,
    texts: fc.array(text, { minLength: 2, maxLength: 3 }),
    flags: fc.array(fc.boolean(), { minLength: 2, maxLength: 3 }),
    deep: fc.record({ flag: fc.boolean(), text }),
  },
  { requiredKeys: [] },
);

const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** As the command line has them: `--param name=text`. */
function params(given: JsonObject): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    if (Array.isArray(value)) return value.map((each) => `${name}=${shown(each)}`);
    if (typeof value !== 'object' || value === null) return [`${name}=${shown(value)}`];
    return Object.entries(value).map(([field, each]) => `${name}.${field}=${shown(each)}`);
  });
}

/** As the service reads the query of the command line. */
async function texts(given: JsonObject): Promise<Given> {
  const query = await new RunQueryPipe().transform(parse(queryOf(params(given)).toString()));
  expect(query.dry_run).toBe(false);
  return { parameters: {}, texts: query.texts };
}

/** In a Score file a text is the same with each `$` twice. */
function escaped(value: Json): Json {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, escaped(each)]));
}

const scoreOf = (resources: object) => ({
  apiVersion: 'score.dev/v1b1',
  metadata: { name: 'shop' },
  containers: { web: { image: 'nginx' } },
  resources,
});

const ASKER = { team: 'Lab', requester: 'alice' };
const read = (given: Given, provides: ResourceType[]) => givenParameters(given, TYPES, provides, ASKER);

function refused(given: Given, provides: ResourceType[] = [S3, LARGE]): unknown {
  try {
    return read(given, provides);
  } catch (error) {
    const { code, extra } = error as Problem;
    return [code, extra.errors];
  }
}
const score = (resources: string) =>
  `apiVersion: score.dev/v1b1\nmetadata: {name: shop}\nresources:\n${resources}`;

describe('the parameters of a run', () => {
  it('have the same values and types by every way in: JSON, query and command line, Score as YAML and as an object', async () => {
    await fc.assert(
      fc.asyncProperty(values, async (given) => {
        const file = scoreOf({ store: { type: 's3', params: escaped(given) } });
        const ways: Given[] = [
          { parameters: JSON.parse(JSON.stringify(given)) as JsonObject },
          await texts(given),
          { parameters: {}, score: stringify(file) },
          { parameters: {}, score: scoreText(file) },
        ];
        for (const [index, way] of ways.entries()) {
          const found = read(way, [S3]);
          expect([index, found.parameters]).toEqual([index, given]);
          expect(found.application).toBe(way.score === undefined ? null : 'shop');
        }
      }),
    );
  });

  it('false stays false, and a text that says false is one', async () => {
    const given = { flag: false, text: 'false', size: true, texts: ['1', '2'], flags: [false, true] };
    expect(read(await texts(given), []).parameters).toEqual(given);
  });

  it('in the query count more than those of the body, and these more than those of a Score file', () => {
    const given = {
      score: score('  s: {type: s3, params: {text: a, whole: 1, real: 1}}\n'),
      ...{ parameters: { whole: 2, real: 2 }, texts: [['real', '3']] as const },
    };
    expect(read(given, [S3]).parameters).toEqual({ text: 'a', whole: 2, real: 3 });
  });

  it('come from all resources of a Score file that the workflow creates', () => {
    const file = score(
      '  s: {type: s3, params: {text: "${metadata.name}-x"}}\n  d: {type: postgres, class: large, params: {whole: 3}}\n',
    );
    expect(read({ parameters: {}, score: file, application: 'shop' }, [S3, LARGE])).toEqual({
      parameters: { text: 'shop-x', whole: 3 },
      application: 'shop',
      wanted: [],
    });
  });

  it.each<[string, string, number, number, RegExp]>([
    ['what is no YAML', 'a: [', 1, 5, /This is not YAML/],
    ['what is no Score file', 'name: shop', 1, 1, /A Score file has no field `name`/],
    [
      'a resource of another type',
      score('  r: {type: redis}\n'),
      4,
      13,
      /no resources of the type `redis`, only `postgres`, `s3`/,
    ],
    [
      'one of another class',
      score('  d:\n    type: postgres\n'),
      5,
      11,
      /the type `postgres` have no class `default`, only `large`/,
    ],
    [
      'two values of one parameter',
      score('  a: {type: s3, params: {text: a}}\n  b: {type: s3, params: {text: b}}\n'),
      ...([5, 26, /a different value/] as const),
    ],
    [
      'an output, which nobody knows yet',
      score(
        '  a: {type: s3, params: {text: x}}\n  b: {type: s3, params: {whole: "${resources.a.bucket}"}}\n',
      ),
      ...([5, 33, /has no value before the run/] as const),
    ],
  ])('refuse in a Score file %s, with its place', (_, file, line, column, message) => {
    const place = { file: 'score.yaml', line, column, message: expect.stringMatching(message) };
    const [code, errors] = refused({ parameters: {}, score: file }) as [string, object[]];
    expect([code, errors[0]]).toEqual(['score_invalid', expect.objectContaining(place)]);
  });

  it('refuse a Score file for a workflow that creates nothing, and one of another application', () => {
    const none = refused({ parameters: {}, score: score('  s: {type: s3}\n') }, []);
    expect(none).toEqual([
      'score_invalid',
      [
        expect.objectContaining({
          message: expect.stringMatching(/no resources of the type `s3`, and no provider offers any/),
        }),
      ],
    ]);
    const other = { parameters: {}, application: 'other', score: score('  s: {type: s3}\n') };
    expect(refused(other)).toEqual([
      'unprocessable',
      [{ field: 'application', rule: 'the Score file is that of shop' }],
    ]);
  });

  it('name the field and the rule whatever the way', async () => {
    const errors = [{ field: 'parameters.flag', rule: 'It must be true or false' }];
    for (const way of [
      { parameters: { flag: 'no' } },
      await texts({ flag: 'no' }),
      { parameters: {}, score: score('  s: {type: s3, params: {flag: "no"}}\n') },
    ])
      expect(refused(way)).toEqual(['unprocessable', errors]);
  });

  it.each(['', '=x', 'x'])('--param %j has no name', (param) => {
    expect(() => queryOf([param])).toThrow(/--param is NAME=VALUE/);
  });
});
