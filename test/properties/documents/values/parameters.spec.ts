import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Json, JsonObject, JsonSchema } from '../../../../src/documents/model.js';
import { withDerived } from '../../../../src/documents/parameters/derived-defaults.js';
import { fromTexts } from '../../../../src/documents/parameters/from-texts.js';
import { readParameters } from '../../../../src/documents/parameters/read-parameters.js';
import { fieldName, validatorOf } from '../../../../src/documents/parameters/validator.js';
import { Reader } from '../../../../src/documents/reader.js';
import { readYaml } from '../../../../src/documents/yaml/read-yaml.js';
import type { YamlSource } from '../../../../src/documents/yaml/yaml-source.js';

function read(text: string): { schema: JsonSchema; reader: Reader } {
  const source = readYaml('w.yaml', text).value as YamlSource;
  const reader = new Reader(source);
  return { schema: readParameters(reader, (source.tree as JsonObject).parameters, ['parameters']), reader };
}
const schemaOf = (parameters: Json): JsonSchema => {
  const { schema, reader } = read(stringify({ parameters }));
  expect(reader.errors).toEqual([]);
  return schema;
};
const problems = (schema: JsonSchema, value: unknown): string[] =>
  validatorOf(schema)
    .check(value)
    .problems.map(({ path, message }) => `${fieldName(path)}: ${message}`);

const LIST: Json = [
  { name: 'bucket_name', type: 'string', required: true, pattern: '^[a-z]{3,}$', description: 'The bucket' },
  { name: 'versioning', type: 'boolean', default: true },
  { name: 'public_access', type: 'bool', default: false },
  { name: 'quota', type: 'integer', min: 1, max: 10 },
  { name: 'ratio', type: 'number' },
  {
    name: 'size',
    type: 'enum',
    allowed_values: ['small', 'large'],
    default: 'small',
    ui: { widget: 'radio' },
  },
  { name: 'keep', type: 'duration', default: '1h30m' },
];

describe('parameters', () => {
  it('in a list become one schema', () => {
    expect(schemaOf(LIST)).toEqual({
      type: 'object',
      properties: {
        bucket_name: { type: 'string', pattern: '^[a-z]{3,}$', description: 'The bucket' },
        versioning: { type: 'boolean', default: true },
        public_access: { type: 'boolean', default: false },
        quota: { type: 'integer', minimum: 1, maximum: 10 },
        ratio: { type: 'number' },
        size: { enum: ['small', 'large'], default: 'small', ui: { widget: 'radio' } },
        keep: { type: 'string', pattern: '^([0-9]+(ms|s|m|h|d))+$', default: '1h30m' },
      },
      required: ['bucket_name'],
      additionalProperties: false,
    });
    expect(schemaOf([])).toMatchObject({ type: 'object', properties: {}, additionalProperties: false });
  });

  it.each(['toString', 'constructor', 'valueOf', 'hasOwnProperty'])(
    'may be called %s: nothing is there that was not given',
    (name) => {
      const of = (parameter: JsonObject) => schemaOf({ [name]: { type: 'string', ...parameter } });
      expect(problems(of({}), {})).toEqual([]);
      expect(problems(of({ required: true }), {})).toEqual([`${name}: This field is missing`]);
      expect(problems(of({ required: true }), { [name]: 'x' })).toEqual([]);
      const { value } = validatorOf(of({ default: 'x' })).check({});
      expect(Object.getOwnPropertyDescriptor(value, name)?.value).toBe('x');
    },
  );

  it('by name, and in a JSON Schema, mean the same', () => {
    const byName = Object.fromEntries(
      (LIST as JsonObject[]).map(({ name, ...rest }) => [name as string, rest]),
    );
    expect(schemaOf(byName)).toEqual(schemaOf(LIST));
    expect(schemaOf(schemaOf(LIST) as Json)).toEqual(schemaOf(LIST));
  });

  it('get their defaults, and unknown or wrong ones are named with their rule', () => {
    const schema = schemaOf(LIST);
    expect(validatorOf(schema).check({ bucket_name: 'field' }).value).toEqual({
      ...{ bucket_name: 'field', versioning: true, public_access: false, size: 'small', keep: '1h30m' },
    });
    expect(
      problems(schema, { quota: 0, size: 'huge', versioning: 'false', zzz: 1, keep: 'x' }).sort(),
    ).toEqual([
      'bucket_name: This field is missing',
      'keep: It must match `^([0-9]+(ms|s|m|h|d))+$`',
      'quota: It must be >= 1',
      'size: It must be one of `small`, `large`',
      'versioning: It must be true or false',
      'zzz: There is no such field',
    ]);
  });

  it.each([
    ['parameters: 5', '`parameters` must be a list of parameters, or a JSON Schema of type object', 1, 13],
    ['parameters:\n- name: a\n  typ: string', 'A parameter has no field `typ`', 3, 3],
    ['parameters:\n- name: a\n  type: strin', /`type` must be one of/, 3, 9],
    ['parameters:\n- name: a\n- name: a', 'There are two parameters `a`', 3, 9],
    ['parameters:\n- name: a b', /The name of a parameter has/, 2, 9],
    ['parameters:\n- type: string', 'A parameter needs `name`', 2, 3],
    ['parameters:\n- name: a\n  type: boolean\n  default: "false"', /does not obey.*true or false/, 4, 12],
    ['parameters:\n- name: a\n  pattern: (?=x)', /regular expression of RE2/, 3, 12],
    ['parameters:\n- name: a\n  type: enum', /needs `allowed_values`/, 2, 3],
    ['parameters:\n- name: a\n  min: 1', '`min` is for parameters of type `number` and `integer`', 3, 8],
    ['parameters:\n- name: a\n  required: "yes"', '`required` must be true or false', 3, 13],
    ['parameters:\n  type: array', /has the type `object`/, 2, 9],
    ['parameters:\n  type: object\n  properties: {a: {type: strin}}', /not a schema/, 3, 19],
    ['parameters:\n  type: object\n  properties: {a: {$ref: "#"}}', /`\$ref` cannot be used/, 3, 20],
    [
      'parameters:\n  type: object\n  additionalProperties: true',
      'Unknown parameters are always refused',
      3,
      25,
    ],
    ['parameters:\n  type: object\n  properties: {a: {type: integer, default: x}}', /does not obey/, 3, 44],
    ['parameters:\n- name: a\n  default: ${inputs.b}', /`\$\{inputs\.b\}` cannot stand in a default/, 3, 12],
    ['parameters:\n- name: a\n  default: ${teem}', /`\$\{teem\}` is not a reference/, 3, 12],
    ['parameters:\n- name: a\n  type: integer\n  default: ${team}', /is a text.*a whole number/, 4, 12],
    ['parameters:\n  type: object\n  properties: {a: {default_from: x}}', /no field `default_from`/, 3, 20],
    [
      'parameters:\n  type: object\n  properties: {a: {type: array, items: {pattern: (?!x), type: string}}}',
      /not a schema/,
      3,
      19,
    ],
  ])('are refused with their place: %j', (text, message, line, column) => {
    const { reader } = read(text);
    const [finding] = reader.errors;
    if (typeof message === 'string') expect(finding?.message).toBe(message);
    else expect(finding?.message).toMatch(message);
    expect(finding).toMatchObject({ file: 'w.yaml', line, column });
  });

  it('may have defaults that name who asks, for which team and application', () => {
    const schema = schemaOf([
      { name: 'folder', pattern: '^[a-z]+/[A-Z][a-z]+$', default: 'teams/${team}' },
      { name: 'who', default: '${requester} of $${app.name} is ${app.name}' },
      { name: 'plain', default: '$${team}' },
    ]);
    const asked = { team: 'Lab', requester: 'alice', app: { name: 'shop' } };
    expect(withDerived<Json>(schema, {}, asked)).toEqual({
      ...{ folder: 'teams/Lab', who: 'alice of ${app.name} is shop', plain: '${team}' },
    });
    // what is given is a value, never a reference
    expect(withDerived<Json>(schema, { folder: '${team}', who: '', plain: 'x' }, asked)).toEqual({
      ...{ folder: '${team}', who: '', plain: 'x' },
    });
    expect(problems(schema, { folder: '${team}' })).toHaveLength(1);
    expect(() => withDerived<Json>(schema, {}, { ...asked, app: {} })).toThrow('`${app.name}` has no value');
  });

  it('may be called as keywords are, and each pattern is its own', () => {
    const text = (pattern: string): Json => ({ type: 'string', pattern });
    const schema = schemaOf({
      type: 'object',
      properties: { a: text('^a$'), b: text('^b$'), pattern: text('^c$') },
    });
    expect(problems(schema, { a: 'a', b: 'b' })).toEqual([]);
    expect(problems(schema, { a: 'b', b: 'a' })).toHaveLength(2);
  });

  it('have patterns that end in linear time', () => {
    const schema = schemaOf([{ name: 'a', pattern: '^(a+)+$' }]);
    expect(problems(schema, { a: `${'a'.repeat(5000)}!` })).toHaveLength(1);
  });

  const scalar = fc.oneof(
    fc.record({
      type: fc.constant('string'),
      value: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('false', '007', '1', 'null', '[]', '${team}', '-'),
      ),
    }),
    fc.record({ type: fc.constant('boolean'), value: fc.boolean() }),
    fc.record({ type: fc.constant('integer'), value: fc.maxSafeInteger() }),
    fc.record({
      type: fc.constant('number'),
      value: fc.double({ min: -1e15, max: 1e15, noNaN: true }).map((each) => each + 0),
    }),
  ) as fc.Arbitrary<{ type: string; value: Json }>;

  it('keep their types by every way in: JSON, texts, YAML', () => {
    fc.assert(
      fc.property(scalar, scalar, ({ type, value }, { type: itemType, value: item }) => {
        const schema = schemaOf({
          type: 'object',
          properties: {
            one: { type },
            many: { type: 'array', items: { type: itemType } },
            deep: { type: 'object', properties: { one: { type } } },
          },
        });
        const given = { one: value, many: [item, item], deep: { one: value } };
        const text = (each: Json): string => (typeof each === 'string' ? each : JSON.stringify(each));
        const ways = [
          JSON.parse(JSON.stringify(given)),
          fromTexts(schema, [
            ['one', text(value)],
            ['many', text(item)],
            ['many', text(item)],
            ['deep.one', text(value)],
          ]),
          fromTexts(schema, [
            ['one', text(value)],
            ['many', JSON.stringify(given.many)],
            ['deep', JSON.stringify(given.deep)],
          ]),
          readYaml('v.yaml', stringify(given)).value?.tree,
        ];
        for (const way of ways) {
          const { value: taken, problems: found } = validatorOf(schema).check(way);
          expect(found).toEqual([]);
          expect(taken).toEqual(given);
        }
      }),
    );
  });

  it('from texts that do not fit stay texts, which the rules refuse', () => {
    const schema = schemaOf(LIST);
    const texts = fromTexts(schema, [
      ['versioning', 'yes'],
      ['quota', '1.5'],
      ['ratio', 'x'],
      ['other', '1'],
      ['__proto__', '1'],
      ['size', 'large'],
      ['bucket_name', 'abc'],
    ]);
    expect(problems(schema, texts)).toHaveLength(5);
    expect(fromTexts(schema, [['quota', '12345678901234567890']])).toEqual({ quota: '12345678901234567890' });
  });
});
