import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { parse } from 'yaml';
import { ROOT } from '../../scripts/node.mjs';
import { fieldName, validatorOf } from '../../src/documents/parameters/validator.js';
import { fieldsOf, flat } from '../../web/src/parts/forms/fields.js';
import { fits, shapeOf } from '../../web/src/parts/forms/pattern.js';
import { patternSentence } from '../../web/src/parts/forms/pattern-words.js';
import { refusedAt } from '../../web/src/parts/forms/refused.js';
import { draftsOf, valuesOf } from '../../web/src/parts/forms/values.js';

const NAME = /^[a-z][a-z0-9-]{1,10}[a-z0-9]$/;

/** A text of a form: nobody sees spaces at its ends, and a list has one a line. */
const line = fc.string({ minLength: 1, maxLength: 12 }).map((text) => text.replace(/\s/g, '_'));
const name = fc.stringMatching(NAME);

/** The service compiles each schema, which takes its time. */
const RUNS = { numRuns: 40 };

/** A parameter: its schema, a value that obeys it, and what somebody may type. */
const scalars = [
  { schema: fc.constant({ type: 'string', maxLength: 12 }), value: line },
  { schema: fc.constant({ type: 'string', pattern: NAME.source, minLength: 3 }), value: name },
  {
    schema: fc.constant({ type: 'integer', minimum: -5, maximum: 50 }),
    value: fc.integer({ min: -5, max: 50 }),
  },
  {
    schema: fc.constant({ type: 'number', minimum: 0.5 }),
    value: fc.double({ min: 0.5, max: 1e9, noNaN: true }),
  },
  { schema: fc.constant({ type: 'boolean', default: true }), value: fc.boolean() },
  { schema: fc.constant({ type: 'boolean' }), value: fc.boolean() },
  {
    schema: fc.constant({ type: 'string', enum: ['small', 'large'] }),
    value: fc.constantFrom('small', 'large'),
  },
  { schema: fc.constant({ enum: [1, 2, true] }), value: fc.constantFrom(1, 2, true) },
  {
    schema: fc.constant({
      type: 'array',
      items: { type: 'string', pattern: NAME.source },
      minItems: 1,
      maxItems: 4,
      uniqueItems: true,
    }),
    value: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
  },
  {
    schema: fc.constant({ type: 'array', items: { enum: ['a', 'b', 'c'] }, minItems: 1 }),
    value: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
  },
  {
    schema: fc.constant({ type: 'array', items: { type: 'integer' }, default: [] }),
    value: fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 4 }),
  },
  {
    schema: fc.constant({ type: 'object', additionalProperties: { type: 'string' } }),
    value: fc.dictionary(name, line, { maxKeys: 2 }),
  },
];
const scalar = fc
  .constantFrom(...scalars)
  .chain(({ schema, value }) =>
    fc.record({ schema: schema as fc.Arbitrary<object>, value: value as fc.Arbitrary<unknown> }),
  );
type Property = { schema: object; value: unknown };
const objectOf = (parts: Record<string, Property>, required: string[]) => ({
  schema: {
    type: 'object',
    properties: mapped(parts, ({ schema }) => schema),
    required,
    additionalProperties: false,
  },
  value: mapped(parts, ({ value }) => value),
});
const mapped = <T>(parts: Record<string, Property>, of: (part: Property) => T) =>
  Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, of(part)]));
const names = fc.constantFrom('size', 'owner', 'db_name', 'extra-1', 'b');
/** A group that nobody has filled in is not given, so this one has something. */
const FILLED = { schema: { type: 'string' }, value: 'filled in' };
const group = fc
  .dictionary(names, scalar, { maxKeys: 3 })
  .chain((parts) =>
    fc.subarray(Object.keys(parts)).map((required) => objectOf({ ...parts, filled: FILLED }, required)),
  );
const form = fc
  .dictionary(names, fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 1, arbitrary: group }), {
    maxKeys: 5,
  })
  .chain((parts) => fc.subarray(Object.keys(parts)).map((required) => objectOf(parts, required)));

describe('a form that is made from a schema', () => {
  it('gives the values back that it was filled with, and the service takes them', () => {
    fc.assert(
      fc.property(form, ({ schema, value }) => {
        const fields = fieldsOf(schema);
        const read = valuesOf(fields, draftsOf(fields, value as never));
        expect([...read.wrongs]).toEqual([]);
        expect(JSON.parse(JSON.stringify(read.values))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(validatorOf(schema as never).check(read.values).problems).toEqual([]);
      }),
      RUNS,
    );
  });

  it('says what is wrong exactly where the service would', () => {
    const typed = fc.oneof(
      line,
      name,
      fc.constantFrom('', ' ', '7', '-6', '0.1', 'x\nx', 'small', 'true', 'B-', '1e3', '{', '{}'),
    );
    fc.assert(
      fc.property(form, fc.array(typed, { minLength: 20, maxLength: 20 }), ({ schema }, texts) => {
        const fields = fieldsOf(schema);
        const drafts = Object.fromEntries(
          flat(fields).map(({ path, kind }, index) => [
            path,
            kind === 'boolean'
              ? index % 2 === 0
              : kind === 'many'
                ? index % 2 === 0
                  ? ['a']
                  : []
                : (texts[index] ?? ''),
          ]),
        );
        const { values, wrongs } = valuesOf(fields, drafts);
        const { problems } = validatorOf(schema).check(JSON.parse(JSON.stringify(values)));
        const errors = problems.map(({ path, message }) => ({
          field: fieldName(['parameters', ...path]),
          rule: message,
        }));
        const refused = refusedAt(errors, fields, []);
        expect(refused.others).toEqual([]);
        // what the form lets pass, the service takes, but for what has no form of its own
        const json = new Set(
          flat(fields)
            .filter(({ kind }) => kind === 'json')
            .map(({ path }) => path),
        );
        const passed = [...refused.wrongs.keys()].filter((path) => !wrongs.has(path) && !json.has(path));
        expect(passed).toEqual([]);
      }),
      RUNS,
    );
  });

  it('lets what a Score file may give be missing', () => {
    const fields = fieldsOf({
      type: 'object',
      properties: { bucket: { type: 'string' } },
      required: ['bucket'],
    });
    expect([...valuesOf(fields, {}).wrongs.keys()]).toEqual(['bucket']);
    expect(valuesOf(fields, {}, { isPartial: true })).toEqual({ values: {}, wrongs: new Map() });
  });

  it('overrides nothing of a Score file that nobody has filled in', () => {
    const properties = {
      keep: { type: 'boolean', default: true },
      size: { type: 'integer', default: 3 },
      more: { type: 'string' },
    };
    const fields = fieldsOf({ type: 'object', properties });
    const drafts = draftsOf(fields);
    expect(valuesOf(fields, drafts).values).toEqual({ keep: true, size: 3 });
    expect(valuesOf(fields, drafts, { isPartial: true }).values).toEqual({});
    expect(valuesOf(fields, { ...drafts, keep: false }, { isPartial: true }).values).toEqual({ keep: false });
  });

  it('leaves a default to the service where its field is emptied', () => {
    const fields = fieldsOf({
      ...{ type: 'object', required: ['cpu'] },
      properties: {
        cpu: { type: 'string', default: '8' },
        vault: { type: 'string', default_from: 'teams/${team}' },
      },
    });
    expect(draftsOf(fields)).toEqual({ cpu: '8', vault: '' });
    expect(valuesOf(fields, { cpu: '', vault: '' })).toEqual({ values: {}, wrongs: new Map() });
  });
});

describe('patterns in words', () => {
  const letters = fc.constantFrom(
    '[a-z]',
    '[A-Za-z0-9]',
    '[a-z0-9-]',
    '[0-9]',
    '[A-Za-z0-9_.-]',
    '[1-9]',
    '[a-z@%]',
  );
  const times = fc.constantFrom('', '?', '*', '+', '{3}', '{2,}', '{0,4}', '{1,3}');
  const sequence = fc.array(
    fc.tuple(letters, times).map((part) => part.join('')),
    { minLength: 1, maxLength: 3 },
  );
  const pattern = fc
    .tuple(sequence, sequence, fc.boolean())
    .map(([head, tail, isOptional]) => `^${head.join('')}${isOptional ? `(${tail.join('')})?` : ''}$`);

  it('mean what the pattern means', () => {
    const letter = fc.constantFrom('a', 'z', 'B', '0', '9', '-', '_', '.', '@', ' ');
    const texts = fc.array(fc.string({ unit: letter, maxLength: 6 }), { minLength: 10, maxLength: 10 });
    let simple = 0;
    fc.assert(
      fc.property(pattern, texts, (each, given) => {
        const shape = shapeOf(each);
        if (!shape) return;
        simple += 1;
        const expression = new RegExp(each, 'u');
        for (const text of given)
          expect([each, text, fits(shape, text)]).toEqual([each, text, expression.test(text)]);
      }),
      { numRuns: 500 },
    );
    expect(simple).toBeGreaterThan(50);
  });

  it('are sentences', () => {
    expect(patternSentence('^[a-z][a-z0-9-]{1,50}[a-z0-9]$')).toBe(
      'Lower-case letters, digits and `-`; begins with a lower-case letter; ends with a lower-case letter or a digit; 3 to 52 characters.',
    );
    expect(patternSentence('^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$')).toBe(
      'Lower-case letters, digits and `-`; begins with a lower-case letter; ends with a lower-case letter or a digit; at most 63 characters.',
    );
    expect(patternSentence('^[A-Za-z][A-Za-z0-9_-]{1,62}$')).toBe(
      'Letters, digits, `-` and `_`; begins with a letter; 2 to 63 characters.',
    );
    expect(patternSentence('^[1-9][0-9]$')).toBe('Digits; begins with `1` to `9`; 2 characters.');
    expect(patternSentence('^(a+)+$')).toBe('It must match `^(a+)+$`');
  });

  it('are never run in the browser: one that takes for ever is left to the service', () => {
    expect(['^(a+)+$', '^(a|a)*$', '(?i)^a$', '^[^a]$', 'a', '^[a-z]+$|^b$', '^[z-a]$'].map(shapeOf)).toEqual(
      Array.from({ length: 7 }, () => undefined),
    );
  });
});

describe('forms of the golden paths and workflows that come with the service', () => {
  const folder = join(ROOT, 'providers');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /workflows\/.*\.yaml$/.test(file),
  );
  const schemas = files.map(
    (file) => [file, parse(readFileSync(join(folder, file), 'utf8')).parameters] as const,
  );

  it.each(schemas)('%s: each parameter has a field of its own', (_, schema) => {
    const fields = flat(fieldsOf(schema));
    expect(fields.length).toBeGreaterThan(0);
    expect(fields.filter(({ kind }) => kind === 'json')).toEqual([]);
    expect(fields.filter(({ description }) => description === undefined)).toEqual([]);
  });

  it('names are checked before the service is asked, by the same rules', () => {
    const patterns = [
      ...new Set(
        schemas.flatMap(([, schema]) => flat(fieldsOf(schema)).map(({ rules }) => rules['pattern'])),
      ),
    ];
    const simple = patterns.filter(
      (each): each is string => typeof each === 'string' && shapeOf(each) !== undefined,
    );
    expect(simple.length).toBeGreaterThanOrEqual(8);
    for (const each of simple) {
      const [shape, theirs] = [shapeOf(each), RE2JS.compile(each)];
      const text = fc.oneof(fc.stringMatching(new RegExp(each)), fc.stringMatching(/^[a-zA-Z0-9._-]{0,8}$/));
      fc.assert(
        fc.property(
          text,
          (given) => shape !== undefined && fits(shape, given) === theirs.matcher(given).find(),
        ),
        { numRuns: 30 },
      );
    }
  });
});
