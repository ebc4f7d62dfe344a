import fc from 'fast-check';
import type { Json } from '../../../../src/documents/model.js';
import { type Declared, schemaOf } from '../../../../src/documents/references/declared.js';
import { fill, FillError, type Scope } from '../../../../src/documents/references/fill.js';
import { parseText } from '../../../../src/documents/references/parse-text.js';
import { parseReference, ReferenceProblem } from '../../../../src/documents/references/reference.js';
import { isKnown, UNKNOWN } from '../../../../src/documents/references/unknown.js';

const scope = (inputs: Scope['inputs'], steps: Scope['steps'] = {}): Scope => ({
  ...{ inputs, steps, resources: { store: { url: 's3a://b/' } }, app: { name: 'shop' } },
  ...{ team: 'field', requester: 'alice', run: { id: 'r1' } },
});
const one = (text: string, inputs: Scope['inputs'] = {}, steps: Scope['steps'] = {}) =>
  fill({ text }, scope(inputs, steps)).text;
const problem = (act: () => unknown): ReferenceProblem => {
  try {
    act();
  } catch (error) {
    if (error instanceof ReferenceProblem) return error;
  }
  throw new Error('nothing was refused');
};
const anyJson = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
/** Texts that look like YAML, templates, references and commands. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '${team}',
    '$${x}',
    '{{ .parameters.x }}',
    '; rm -rf /',
    '$(id)',
    'a: b\n- c',
    '${inputs.value}',
    '*x',
    '"',
  ),
);

describe('a reference', () => {
  it.each([
    ['${inputs.a.b}', 5],
    ['${ inputs.a.b }', 5],
    ['{{ .parameters.a.b }}', 5],
    ['{{- .parameters.a.b -}}', 5],
    ['${inputs.list.1}', 'y'],
    ['${resources.store.url}', 's3a://b/'],
    ['${app.name}', 'shop'],
    ['${APP_NAME}', 'shop'],
    ['${team}', 'field'],
    ['${requester}', 'alice'],
    ['${run.id}', 'r1'],
    ['${provision.id}', 'r1'],
    ['$${team}', '${team}'],
    ['$$${team}', '$${team}'],
    ['a $ {b} $5 {{ item }} }}', 'a $ {b} $5 {{ item }} }}'],
    ['${team}-${inputs.a.b}-x', 'field-5-x'],
    ['{{.parameters.a.b}}/${team}', '5/field'],
  ])('%s', (text, expected) => {
    expect(one(text, { a: { b: 5 }, list: ['x', 'y'] })).toBe(expected);
  });

  it.each([
    ['${x', '$${'],
    ['${}', undefined],
    ['${inputs}', undefined],
    ['${parameters.x}', '${inputs.x}'],
    ['${metadata.name}', '${app.name}'],
    ['${steps.a.b}', '${steps.a.outputs.b}'],
    ['${steps.a.outputs}', undefined],
    ['${environment.type}', undefined],
    ['${inputs.a b}', undefined],
    ['${constructor}', undefined],
    ['${__proto__.x}', undefined],
    ['{{ if .parameters.public_access }}', 'if: inputs.public_access'],
    ['{{ if eq .parameters.size "large" }}', 'if: inputs.size == "large"'],
    ['{{else if (and (ne .parameters.a 1) (not .parameters.b)) }}', 'if: inputs.a != 1 && !(inputs.b)'],
    ['{{ if or (and .parameters.a .parameters.b) .parameters.c }}', 'if: (inputs.a && inputs.b) || inputs.c'],
    ['{{ if len .parameters.x }}', undefined],
    ['{{ end }}', undefined],
    ['{{ range .parameters.list }}', undefined],
    ['{{ .Values.x }}', undefined],
    ['{{ printf "%s" .parameters.x }}', undefined],
  ])('%s is refused when it is read', (text, suggestion) => {
    expect(problem(() => parseText(text)).suggestion).toBe(suggestion);
  });

  it('that stands alone gives its value with its type', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(one('${inputs.value}', { value })).toBe(value);
      }),
    );
  });

  it('inside a text gives scalars only', () => {
    expect(one('a${inputs.value}b', { value: false })).toBe('afalseb');
    for (const value of [null, [], {}]) expect(() => one('a${inputs.value}', { value })).toThrow(FillError);
  });

  it('fills in text that is never read again, whatever it looks like', () => {
    fc.assert(
      fc.property(hostile, hostile, (value, around) => {
        const text = around.replaceAll('$', '').replaceAll('{', '');
        expect(one('${inputs.value}', { value })).toBe(value);
        expect(one(`${text}\${inputs.value}${text}`, { value })).toBe(text + value + text);
        expect(fill({ a: [{ '${team}': '${inputs.value}' }] }, scope({ value }))).toEqual({
          a: [{ '${team}': value }],
        });
      }),
    );
  });

  it('leaves texts without one as they are, and `$${` protects any text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const escaped = text.replaceAll('${', () => '$${');
        if (!text.includes('{{')) expect(one(escaped)).toBe(text);
      }),
    );
  });

  it('without a value is an error that says where', () => {
    const act = () => fill({ a: [{ b: '${inputs.gone}' }] }, scope({}));
    expect(act).toThrow('`${inputs.gone}` has no value');
    expect(() => one('${inputs.toString}')).toThrow(FillError);
    try {
      act();
    } catch (error) {
      expect((error as FillError).path).toEqual(['a', 0, 'b']);
    }
  });

  it('to what only applying tells stays unknown, and makes the text around it unknown', () => {
    const steps = { db: { outputs: UNKNOWN }, b: { outputs: { bucket: 'x', at: UNKNOWN } } };
    expect(one('${steps.db.outputs.name.part}', {}, steps)).toBe(UNKNOWN);
    expect(one('a-${steps.db.outputs.name}', {}, steps)).toBe(UNKNOWN);
    expect(one('a-${steps.b.outputs.bucket}', {}, steps)).toBe('a-x');
    const filled = fill({ a: ['${steps.b.outputs.at}', 1] }, scope({}, steps));
    expect(isKnown(filled)).toBe(false);
    expect(JSON.stringify(filled)).toBe('{"a":["<known after apply>",1]}');
  });

  it('costs no more than the text is long', () => {
    expect(() => parseText('{{'.repeat(100_000))).not.toThrow();
    expect(() => parseText(`${'{{'.repeat(100_000)}}}`)).not.toThrow();
    expect(parseText('${team}'.repeat(30_000))).toHaveLength(30_000);
  });
});

describe('what references may name', () => {
  const declared: Declared = {
    inputs: {
      type: 'object',
      properties: {
        bucket_name: { type: 'string' },
        size: { type: 'object', properties: { cpu: { type: 'integer' } }, additionalProperties: false },
        open: { type: 'object' },
      },
      additionalProperties: false,
    },
    steps: new Map([['create-bucket', { bucket: { type: 'string' } }]]),
    stepNames: ['create-bucket', 'make-key'],
  };
  const check = (inner: string) => schemaOf(parseReference(inner), declared);

  it('is what is declared', () => {
    expect(check('inputs.bucket_name')).toEqual({ type: 'string' });
    expect(check('inputs.size.cpu')).toEqual({ type: 'integer' });
    expect(check('inputs.open.anything')).toBeUndefined();
    expect(check('steps.create-bucket.outputs.bucket')).toEqual({ type: 'string' });
    expect(check('resources.x.y')).toBeUndefined();
    expect(check('team')).toEqual({ type: 'string' });
  });

  it.each([
    ['inputs.bucketname', '${inputs.bucket_name}'],
    ['inputs.bucket_nmae', '${inputs.bucket_name}'],
    ['inputs.size.cpus', '${inputs.size.cpu}'],
    ['inputs.zzz', undefined],
    ['inputs.constructor', undefined],
    ['inputs.bucket_name.x', undefined],
    ['steps.create-buckt.outputs.bucket', '${steps.create-bucket.outputs.bucket}'],
    ['steps.create-bucket.outputs.buckt', '${steps.create-bucket.outputs.bucket}'],
    ['steps.create-bucket.outputs.secret_key', 'deliver: {vault: {path: …}}'],
    ['steps.create-bucket.outputs.connection_string', 'deliver: {vault: {path: …}}'],
    ['steps.make-key.outputs.bucket', undefined],
  ])('is nothing else: %s', (inner, suggestion) => {
    expect(problem(() => check(inner)).suggestion).toBe(suggestion);
  });
});
