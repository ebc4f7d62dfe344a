import fc from 'fast-check';
import { expressionProblem } from '../../../src/documents/ansible/expressions.js';
import { templateProblem } from '../../../src/documents/ansible/texts.js';
import { expressionOf } from '../../support/tools/playbooks.js';

describe('an expression of Jinja', () => {
  it.each([
    ...['a', 'a.b.c', "a['b'][0]", 'a[1:2]', "'x' ~ a", '1 + 2 * 3 // 4 % 5', 'a == 1 and not (b or c)'],
    ...['a is defined', "a is not match('x.*')", 'a is ansible.builtin.version("1", ">")', 'a in [1, 2]'],
    ...["a | default('x', true) | upper", 'a | map(attribute="b") | list | join(",")', 'x if y else z'],
    ...[
      "a | selectattr('b', 'equalto', 1) | list",
      'a | rejectattr("b")',
      "ansible_facts['os_family'] == 'Debian'",
    ],
    ...['a|int>2', "a | regex_replace('^(.)', '\\\\1')", 'item.value', '(1, 2)', 'a | ternary(1, 2)', 'omit'],
  ])('is read: %s', (source) => {
    expect(expressionProblem(source)).toBeUndefined();
  });

  it.each([
    ...[
      "lookup('pipe', 'id')",
      "query('pipe', 'id')",
      "q('pipe', 'id')",
      '(lookup)("pipe", "id")',
      '[lookup][0]("x")',
    ],
    ...[
      "[lookup] | first('x')",
      'vars',
      "hostvars['localhost']",
      "a.split(',')",
      "a['split'](',')",
      "'a'.upper()",
    ],
    ...[
      'a | map("fileglob")',
      "a | map('expandvars')",
      'a | map(x)',
      'a | map',
      'a | map(*b)',
      'a | default(*b)',
    ],
    ...[
      'a | default(**b)',
      "a | select('exists')",
      "a | selectattr('b', 'exists')",
      "a | selectattr('b', x)",
    ],
    ...[
      "a | selectattr('b', 'equalto' 'x')",
      "a | selectattr('b', 'eq' ~ 'x')",
      "'/etc' is exists",
      'a is not directory',
    ],
    ...[
      "'/x' | realpath",
      "'*' | fileglob",
      "'$HOME' | expandvars",
      'a | attr("b")',
      'a.__class__',
      "a['__class__']",
    ],
    ...[
      'a._b',
      'ansible_check_mode',
      'not ansible_check_mode',
      'ansible_ssh_common_args',
      'range(9)',
      '{}',
      "{'a': 1}",
    ],
    ...[
      'a | list.x',
      'a(1)',
      '1(2)',
      'true(1)',
      'a | default("x")(1)',
      'a[0](1)',
      '',
      ' ',
      'a; b',
      'a | b',
      '2 ** 9',
    ],
    ...[
      "'{{ lookup(1) }}'",
      'a\\b',
      'a is not not lookup',
      '"a" "b"',
      'now()',
      'undef("x")',
      'a | community.x.y',
    ],
    ...['is()', 'in(1)', 'a + is(1)', '(and)(1)', 'a if if(1) else b'],
  ])('is refused: %s', (source) => {
    expect(expressionProblem(source)).toBeDefined();
  });

  it('is refused with something refused anywhere in it', () => {
    const bad = fc.constantFrom(
      ...[
        "lookup('pipe', 'id')",
        "q('x')",
        'a.b()',
        "'/etc' is exists",
        "'x' | expandvars",
        'vars.a',
        'ansible_check_mode',
      ],
    );
    fc.assert(
      fc.property(expressionOf(bad), (source) => {
        expect([source, expressionProblem(source)]).toEqual([source, expect.any(String)]);
      }),
    );
  });

  it('is read with what is known anywhere in it', () => {
    const good = fc.constantFrom(
      "'a'",
      'a',
      'a.b',
      "a | default('x')",
      'a is defined',
      '1',
      'ansible_facts.x',
    );
    fc.assert(
      fc.property(expressionOf(good), (source) => {
        expect([source, expressionProblem(source)]).toEqual([source, undefined]);
      }),
    );
  });
});

describe('a text with templates', () => {
  it.each([
    '',
    'plain',
    '{ a }',
    '}}',
    '{"a": {"b": 1}}',
    'x {{ a }} y {{ b }}',
    "{{ '}}' }}",
    '$${HOME}',
    '{{\na\n}}',
  ])('is read: %j', (text) => {
    expect(templateProblem(text)).toBeUndefined();
  });

  it.each([
    ...[
      '{% if a %}x{% endif %}',
      '{# x #}',
      '{{ a',
      '{{',
      '{{}}',
      '{{- a }}',
      '{{ a -}}',
      '{{{ a }}}',
      '{{ a }} {{',
    ],
    ...[
      "{{ a }} {{ lookup('pipe', 'id') }}",
      "{{ '}}' ~ lookup('pipe', 'id') }}",
      '{{ "\\"" ~ q(1) }}',
      "{{ 'a }}",
    ],
    ...["#jinja2: variable_start_string:'[%', variable_end_string:'%]'\n[% lookup('pipe', 'id') %]"],
  ])('is refused: %j', (text) => {
    expect(templateProblem(text)).toBeDefined();
  });

  it('has nothing but expressions that are read, whatever stands around them', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom('{{', '}}', '{%', '%}', '{#', "'", '"', '\\', 'lookup', '(', ')', ' a ', '|', '{', '}'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = `${pieces.join('')}{{ lookup('pipe', 'id') }}`;
        // Jinja finds the last one unless it is inside of a text of one that is open
        if (templateProblem(text) === undefined) expect(text).toMatch(/\{\{[^]*'[^]*\{\{ lookup/);
      }),
      { numRuns: 2000 },
    );
  });
});
