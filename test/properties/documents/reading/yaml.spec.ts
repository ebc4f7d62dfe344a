import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Json } from '../../../../src/documents/model.js';
import { readYaml } from '../../../../src/documents/yaml/read-yaml.js';
import type { YamlSource } from '../../../../src/documents/yaml/yaml-source.js';

const read = (text: string): YamlSource => {
  const { value, errors } = readYaml('a.yaml', text);
  expect(errors).toEqual([]);
  return value as YamlSource;
};
const refused = (text: string) => readYaml('a.yaml', text).errors[0];

/** JSON without what a YAML file may not have: whole numbers of more than 15 digits, the name __proto__. */
const json = fc
  .jsonValue({ maxDepth: 4 })
  // JSON has no negative zero
  .map((value) => JSON.parse(JSON.stringify(value)) as Json)
  .filter((value) => !/__proto__|\d{16}|e\+/.test(JSON.stringify(value)));

describe('a file', () => {
  it('gives the values that were written, as YAML and as JSON', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(read(stringify(value)).tree).toEqual(value);
        expect(read(JSON.stringify(value)).tree).toEqual(value);
      }),
    );
  });

  it('tells where each value is, and for one that is missing where the value around it is', () => {
    const source = read('name: a\nsteps:\n  - name: b\n    with:\n      bucket: c\n');
    expect(source.place(['name'])).toEqual({ file: 'a.yaml', line: 1, column: 7 });
    expect(source.placeOfKey(['name'])).toEqual({ file: 'a.yaml', line: 1, column: 1 });
    expect(source.place(['steps', 0])).toMatchObject({ line: 3, column: 5 });
    expect(source.place(['steps', 0, 'with', 'bucket'])).toMatchObject({ line: 5, column: 15 });
    expect(source.place(['steps', 0, 'with', 'quota', 'x'])).toMatchObject({ line: 4, column: 5 });
    expect(source.place(['nowhere'])).toMatchObject({ line: 1, column: 1 });
  });

  it('keeps texts, numbers and booleans apart', () => {
    expect(read('a: "007"\nb: 007\nc: yes\nd: false\ne: "false"\nf: ~\ng:\n').tree).toEqual({
      ...{ a: '007', b: 7, c: 'yes', d: false, e: 'false', f: null, g: null },
    });
  });

  it('may repeat values by aliases', () => {
    expect(read('a: &x {b: 1}\nc: *x\n').tree).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });

  it.each([
    ['a: 1\nb: 2\na: 3\n', 'The key is there twice', 3, 1],
    ['a: 1\n---\nb: 2\n', 'A file has one document: put the next one into a file of its own', 2, 1],
    ['a: !secret x\n', 'Tags such as `!name` have no meaning here', 1, 4],
    ['a: .inf\n', 'Write a number, or a text in quotes', 1, 4],
    ['\na: 12345678901234567890\n', /whole number has at most 15 digits/, 2, 4],
    ['? [a]\n: 1\n', 'A key is a text', 1, 3],
    ['__proto__: 1\n', 'A key cannot have this name', 1, 1],
    ['a: [1, 2\nb: 3\n', /This is not YAML/, 2, 1],
    ['a: *x\n', 'There is no `&x` before this alias', 1, 4],
    ['a:\n\t- b\n', /This is not YAML/, 2, 1],
  ])('is refused with its place: %j', (text, message, line, column) => {
    const finding = refused(text);
    if (typeof message === 'string') expect(finding?.message).toBe(message);
    else expect(finding?.message).toMatch(message);
    expect(finding).toMatchObject({ file: 'a.yaml', line, column });
  });

  it('is refused if its aliases multiply, or never end', () => {
    const bomb = Array.from(
      { length: 30 },
      (_, i) => `a${i}: &a${i} [${i ? `*a${i - 1},*a${i - 1}` : '1,1'}]`,
    );
    expect(refused(bomb.join('\n'))?.message).toMatch(/more than 20000 values/);
    expect(refused('a: &a [*a]')?.message).toMatch(/levels deep|not YAML/);
    expect(refused('&a a: {*a : 1, a: 2}')?.message).toBe('The key is there twice');
  });

  it('is refused if it is too large or too deep', () => {
    expect(refused(`a: ${'x'.repeat(262_145)}`)?.message).toBe('The file has more than 256 KiB');
    expect(refused(`a: ${'é'.repeat(131_100)}`)?.message).toBe('The file has more than 256 KiB');
    expect(readYaml('a.yaml', `a: ${'x'.repeat(262_100)}`).errors).toEqual([]);
    expect(refused('['.repeat(20_000))?.message).toMatch(/levels deep|not YAML/);
    expect(refused(`${'['.repeat(70)}${']'.repeat(70)}`)?.message).toMatch(/more than 64 levels deep/);
  });

  it('never makes the reader fail otherwise', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[-a: \n&*!{}[\]'"|>?#,%]{0,40}$/)),
        (text) => {
          const { value, errors } = readYaml('a.yaml', text);
          expect(value === undefined).toBe(errors.length > 0);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
