import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { templateContext } from '../../../src/data-products/project/jinja/context.js';
import { jinja } from '../../../src/data-products/project/jinja/environment.js';
import { STRING_METHODS } from '../../../src/data-products/project/jinja/string-methods.js';

/** What Python's own methods give, all cases in one run. */
function python(cases: unknown[]): unknown {
  const script =
    'import json,sys; print(json.dumps([getattr(t, m)(*a) for m, t, a in json.load(sys.stdin)]))';
  return JSON.parse(execFileSync('python3', ['-c', script], { input: JSON.stringify(cases) }).toString());
}

describe("Python's string methods", () => {
  const text = fc.string({ unit: fc.constantFrom(..."abcXYZ012 -_.\t'é"), maxLength: 10 });
  const some = fc.string({ unit: fc.constantFrom(...'ab -_.X'), minLength: 1, maxLength: 2 });
  const words = fc.array(text, { maxLength: 3 });
  const cases = fc.oneof(
    fc.tuple(
      fc.constantFrom('lower', 'upper', 'title', 'capitalize', 'strip', 'lstrip', 'rstrip', 'split'),
      text,
      fc.constant([]),
    ),
    fc.tuple(
      fc.constantFrom(
        'strip',
        'lstrip',
        'rstrip',
        'split',
        'startswith',
        'endswith',
        'removeprefix',
        'removesuffix',
      ),
      text,
      fc.tuple(some),
    ),
    fc.tuple(fc.constant('replace'), text, fc.tuple(some, text)),
    fc.tuple(fc.constant('join'), text, fc.tuple(words)),
  );

  it('give what Python gives', () => {
    const all = fc.sample(cases, 3000);
    expect(new Set(all.map(([name]) => name))).toEqual(new Set(Object.keys(STRING_METHODS)));
    const ours = all.map(([name, ...[target, args]]) =>
      (STRING_METHODS[name] as (text: string, ...args: unknown[]) => unknown)(target, ...args),
    );
    expect(ours).toEqual(python(all));
  });
});

describe('expressions', () => {
  const render = jinja();
  const variables = { cookiecutter: { name: 'x', list: [1, 2], none: null } };

  it.each([
    "{{ ''.constructor }}",
    "{{ ''.constructor.constructor('return process')() }}",
    "{{ cookiecutter.constructor('x') }}",
    "{{ cookiecutter['__proto__'] }}",
    '{{ cookiecutter.list.constructor }}',
    '{{ cookiecutter.list.map }}',
    "{{ range.constructor('return process')() }}",
    '{{ cookiecutter.name.toString }}',
    '{{ cycler.call }}',
    '{{ cookiecutter.none.x }}',
    '{{ cookiecutter.missing }}',
    '{{ missing }}',
    '{% include "x" %}',
    '{% import "x" as y %}',
    '{% extends "x" %}',
    '{{ "x" | nofilter }}',
    '{% now "utc" %}',
  ])('%s is refused', (text) => expect(() => render(text, variables)).toThrow());

  it('leave a text without tags as it is', () => {
    const plain = fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !/\{[{%#]/.test(text));
    fc.assert(fc.property(plain, (text) => expect(render(text, variables)).toBe(text)));
  });

  it('hand on a value and a raw block as they are', () => {
    const any = fc.string({ unit: fc.constantFrom(...'{}%# ab-\n<&"'), maxLength: 12 });
    fc.assert(
      fc.property(any, (name) =>
        expect(render('[{{ cookiecutter.name }}]', { cookiecutter: { name } })).toBe(`[${name}]`),
      ),
    );
    fc.assert(
      fc.property(any, (text) => expect(render(`[{% raw %}${text}{% endraw %}]`, {})).toBe(`[${text}]`)),
    );
  });
});

describe('cookiecutter.json', () => {
  const variablesOf = (defaults: object, overrides = {}) =>
    templateContext(JSON.stringify(defaults), overrides).variables;

  it('takes overrides as data, by the kind of the default', () => {
    const defaults = { a: 'x', b: '{{ cookiecutter.a }}!', choice: ['one', 'two'], yes: true, _p: '{{ a }}' };
    const overrides = { a: '{{ 7 * 7 }}', choice: 'two', yes: 'off', unknown: 'x', _p: 'y' };
    expect(variablesOf(defaults, overrides)).toEqual({
      ...{ a: '{{ 7 * 7 }}', b: '{{ 7 * 7 }}!', choice: 'two', yes: false, _p: '{{ a }}' },
    });
  });

  it.each([
    ['not JSON', '{', {}, 'invalid_template'],
    ['not an object', '[]', {}, 'invalid_template'],
    ['a default that cannot be rendered', '{"a": "{{ b }}"}', {}, 'invalid_template'],
    ['extensions', '{"_extensions": []}', {}, 'invalid_template'],
    ['other settings of Jinja', '{"_jinja2_env_vars": {"autoescape": true}}', {}, 'invalid_template'],
    ['patterns that are none', '{"_copy_without_render": "x"}', {}, 'invalid_template'],
    ['no choice', '{"a": ["x"]}', { a: 'y' }, 'invalid_value'],
    ['no boolean', '{"a": true}', { a: 'maybe' }, 'invalid_value'],
    ['a dictionary', '{"a": {}}', { a: 'x' }, 'invalid_value'],
  ])('%s is refused', (_, json, overrides, code) =>
    expect(() => templateContext(json, overrides)).toThrow(expect.objectContaining({ code }) as Error),
  );
});
