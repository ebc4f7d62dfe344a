import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { scaffold } from '../../../../src/data-products/project/scaffold.js';
import { tempDir } from '../../../support/service/temp.js';
import { pythonWith } from '../../../support/python/venv.js';

const run = promisify(execFile);
const VERSION = '2.7.1';
const PROJECT = '{{cookiecutter.project_slug}}';

/** Every file and folder below: its content and whether it may be run. */
function tree(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const executable = (statSync(path).mode & 0o111) !== 0 ? 'x' : '-';
      const content = entry.isDirectory() ? '' : readFileSync(path, 'latin1');
      return [path.slice(root.length + 1), `${executable} ${content}`];
    }),
  );
}

function templateOf(files: Record<string, string | Buffer>): string {
  const folder = tempDir('template');
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Every kind of thing that templates do. */
const RICH: Record<string, string | Buffer> = {
  'cookiecutter.json': JSON.stringify({
    project_name: 'default',
    project_slug: "{{ cookiecutter.project_name.lower().replace(' ', '_').replace('-', '_') }}",
    title: "{{ cookiecutter.project_name | replace('-', ' ') | title }}",
    number: 3,
    license: ['MIT', 'Apache-2.0', '{{ cookiecutter.project_slug }}'],
    with_docs: true,
    empty: '',
    nothing: null,
    engines: { duckdb: { file: '{{ cookiecutter.project_slug }}.db' }, spark: { file: 'none' } },
    _copy_without_render: ['*.html', 'verbatim/*', 'whole', 'data[0-2].txt', '?.raw'],
    _private: '{{ not.rendered }}',
    __computed: '{{ cookiecutter.project_slug | upper }}',
  }),
  [`${PROJECT}/names/{{cookiecutter.project_slug}}.txt`]: 'x',
  [`${PROJECT}/names/{{ cookiecutter.title | lower | replace(" ", "-") }}/a`]: 'x',
  [`${PROJECT}/names/{% if cookiecutter.with_docs %}docs.md{% endif %}`]: 'there',
  [`${PROJECT}/names/{% if cookiecutter.empty %}gone.md{% endif %}`]: 'not there',
  [`${PROJECT}/page.html`]: '{{ left.alone }}',
  [`${PROJECT}/verbatim/deep/er.txt`]: '{{ left.alone }}{% nonsense',
  [`${PROJECT}/whole/{{cookiecutter.project_slug}}/x.txt`]: '{{ left.alone }}',
  [`${PROJECT}/data1.txt`]: '{{ left.alone }}',
  [`${PROJECT}/data3.txt`]: '{{ cookiecutter.number }}',
  [`${PROJECT}/a.raw`]: '{{ left.alone }}',
  [`${PROJECT}/binary.png`]: Buffer.from([
    0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 0xff, 0x7b, 0x7b, 0x20, 0x7d, 0x7d,
  ]),
  [`${PROJECT}/values.txt`]: [
    '{{ cookiecutter.project_name }}|{{ cookiecutter.title }}|{{ cookiecutter.number }}|{{ cookiecutter.license }}',
    '{{ cookiecutter.engines.duckdb.file }}|{{ cookiecutter["engines"]["spark"].file }}|{{ cookiecutter.__computed }}',
    '{{ cookiecutter._private }}',
    '{% for name, engine in cookiecutter.engines.items() %}{{ loop.index }}{{ name }}={{ engine.file }};{% endfor %}',
    '{%- for c in ["a", "b"] -%} <{{ c }}> {%- endfor %}',
    '{% if cookiecutter.with_docs and not cookiecutter.empty %}yes{% elif cookiecutter.number %}no{% else %}never{% endif %}',
    '{% if cookiecutter.license in ["MIT"] and "a" in "abc" and cookiecutter.missing is not defined %}in{% endif %}',
    '{{ cookiecutter.missing | default("fallback") }}|{{ "x" if cookiecutter.number == "3" else "y" }}',
    "{{ 'é <b> & \"' }}|{{ 'a' ~ 1 ~ 'b' }}|{{ 7 // 2 }}|{{ 'a-b c'.split('-') | join('+') }}",
  ].join('\n'),
  [`${PROJECT}/strings.txt`]: [
    "{{ ' a b '.strip() }}|{{ 'xxaxx'.lstrip('x') }}|{{ 'a.py'.removesuffix('.py') }}|{{ 'abc'[:2] }}{{ 'abc'[-1] }}{{ 'abc'[1:] }}",
    "{{ 'hello big-world'.title() }}|{{ 'hello big-world' | title }}|{{ 'HELLO wOrld'.capitalize() }}|{{ 'aXbX' | replace('X', '') }}",
    "{{ 'a  b c'.split() | join(',') }}|{{ ','.join(['a', 'b']) }}|{{ 'ab'.startswith('a') and 'ab'.endswith('b') and 'y' }}",
    "{{ 'Crème Brûlée, 2nd!' | slugify }}|{{ [3, 1] | sort | first }}|{{ 'abc' | length }}|{{ ' x ' | trim }}|{{ [1, 2] | count }}",
    '{{ cookiecutter.engines | jsonify }}',
  ].join('\n'),
  [`${PROJECT}/raw.txt`]: [
    'a {% raw %}{{ x }} {% if %} {# c #}{% endraw %} b',
    ' {%- raw -%}  \n {{ x }} \n  {%- endraw -%}  \n c',
    '{% raw -%}\n{{ x }}\n{% endraw %}\n\nd',
    '{% raw %}{% raw %}{{ twice }}{% endraw %}{# {% raw %} #}{{ "{% raw %}" }}{% set y %}{% raw %}{{ z }}{% endraw %}{% endset %}{{ y }}',
  ].join('\n'),
  [`${PROJECT}/ends.txt`]: '{% set a = 1 %}\n{{ a }}\n\n\n',
  [`${PROJECT}/crlf-free.sh`]: '#!/bin/sh\necho "${HOME}" "$(date)" {{ cookiecutter.number }}\n',
};

let cookiecutter: string;
beforeAll(async () => {
  cookiecutter = await pythonWith(`cookiecutter-${VERSION}`, [`cookiecutter==${VERSION}`]);
}, 300_000);

/** One template rendered by cookiecutter and by the service. */
async function both(template: string, name: string, slug = name) {
  const [theirs, ours] = [tempDir('theirs'), tempDir('ours')];
  const options = [
    '-m',
    'cookiecutter',
    '--no-input',
    '--output-dir',
    theirs,
    template,
    `project_name=${name}`,
  ];
  await run(cookiecutter, options, { env: { PATH: '/usr/bin:/bin', HOME: tempDir('home') } });
  expect(await scaffold({ templatePath: template, outputPath: ours, name })).toBe('created');
  return { theirs: tree(join(theirs, slug)), ours: tree(join(ours, name)) };
}

describe('templates are rendered as cookiecutter renders them', () => {
  it('what this project ships', async () => {
    const { theirs, ours } = await both(
      join(import.meta.dirname, '../../../../templates/sqlmesh'),
      'my-product',
    );
    expect(Object.keys(ours).length).toBeGreaterThan(15);
    expect(ours).toEqual(theirs);
  });

  it('names, conditions, loops, filters, methods, raw blocks, copied and binary files', async () => {
    const { theirs, ours } = await both(templateOf(RICH), 'my-data-product', 'my_data_product');
    expect(ours).toEqual(theirs);
  });

  it.each([
    ['trim_blocks', { trim_blocks: true }],
    ['lstrip_blocks', { lstrip_blocks: true }],
    ['both', { trim_blocks: true, lstrip_blocks: true }],
  ])('the setting %s', async (_, settings) => {
    const text =
      '  {% if 1 %}\n a\n  {% endif %}\n  {% raw %}\n {{ b }}\n  {% endraw %}\n c {% raw %}d{% endraw %} e\n';
    const { theirs, ours } = await both(
      templateOf({
        'cookiecutter.json': JSON.stringify({
          project_name: 'x',
          project_slug: 'p',
          _jinja2_env_vars: settings,
        }),
        [`${PROJECT}/blocks.txt`]: text,
      }),
      'p',
    );
    expect(ours).toEqual(theirs);
  });
});
