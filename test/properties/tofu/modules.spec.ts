import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ROOT } from '../../../scripts/node.mjs';
import { BUILT_IN, readModule } from '../../../src/documents/tofu/read-module.js';

const BUILT_IN_ONLY = new Set([BUILT_IN]);
/** The rules that a module with this main file breaks. */
function broken(tree: object, more: Record<string, string> = {}, allowed = BUILT_IN_ONLY): string[] {
  const files = { 'main.tf.json': JSON.stringify(tree), ...more };
  return readModule(files, allowed).refusals.map(({ at, rule }) => `${at} ${rule}`);
}
const resource = (body: object, type = 'terraform_data') => ({ resource: { [type]: { a: body } } });

/** The places where the syntax takes an object or a list of them. */
function wrapped(tree: object, lists: readonly boolean[]): object {
  let depth = 0;
  const wrap = (value: unknown): unknown => {
    const isList = lists[depth] === true;
    depth += 1;
    if (typeof value !== 'object' || value === null || depth > 4) return value;
    const inner = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, wrap(each)]));
    return isList ? [{}, inner] : inner;
  };
  return Object.fromEntries(Object.entries(tree).map(([name, each]) => [name, wrap(each)]));
}

describe('a module of OpenTofu', () => {
  it('of the built-in provider is read, with its variables', () => {
    const tree = {
      ...resource({ input: '${var.a} %{ if true }x%{ endif }', lifecycle: { ignore_changes: ['input'] } }),
      variable: { a: { type: 'string', sensitive: true }, b: { default: 1 } },
      output: { o: { value: '${terraform_data.a.output}' } },
      terraform: { required_version: '>= 1.6', required_providers: { tf: { source: BUILT_IN } } },
      module: { inner: { source: './inner' } },
      '//': 'a comment about the file',
    };
    const inner = { 'inner/main.tf.json': JSON.stringify({ locals: { provisioner: 1, file: 'x' } }) };
    const { module, refusals } = readModule(
      { 'main.tf.json': JSON.stringify(tree), ...inner },
      BUILT_IN_ONLY,
    );
    expect(refusals).toEqual([]);
    expect(module?.variables.get('a')).toEqual({ secret: true, required: true });
    expect(module?.variables.get('b')).toEqual({ secret: false, required: false });
    expect([...(module?.files.keys() ?? [])].sort()).toEqual(['inner/main.tf.json', 'main.tf.json']);
  });

  it('of the documentation is read', () => {
    const page = readFileSync(join(ROOT, 'docs/tools.md'), 'utf8');
    const [, block = ''] = /```json\n([^]*?)```/.exec(page) ?? [];
    const { module, refusals } = readModule({ 'main.tf.json': block }, BUILT_IN_ONLY);
    expect([refusals, module?.variables.get('token')]).toEqual([[], { secret: true, required: true }]);
  });

  it('is run as it was checked: a name that stands twice counts once', () => {
    const text = '{"resource": {"terraform_data": {"a": {"provisioner": {}}}}, "resource": {}}';
    const { module } = readModule({ 'main.tf.json': text }, BUILT_IN_ONLY);
    expect(module?.files.get('main.tf.json')).toBe('{"resource":{}}');
  });

  it('that runs a program is refused, in whatever form it is written', () => {
    const provisioned = resource({ input: 1, provisioner: { 'local-exec': { command: 'id' } } });
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 6 }), (lists) => {
        expect(broken(wrapped(provisioned, lists)).join()).toMatch(/`provisioner`|must be a mapping/);
      }),
    );
    expect(broken(resource({ connection: {} })).join()).toContain('`connection`');
    expect(broken({ removed: [{ from: 'x.y', provisioner: {} }] }).join()).toContain('`provisioner`');
  });

  it.each<[string, object, string]>([
    ['data "external"', { data: { external: { a: { program: ['id'] } } } }, 'must not read `external`'],
    ['a state elsewhere', { data: { terraform_remote_state: { a: {} } } }, 'terraform_remote_state'],
    ['one in a check', { check: { c: { data: { external: { a: {} } } } } }, 'must not read `external`'],
    ['a backend', { terraform: { backend: { local: { path: '/tmp/x' } } } }, '`backend`'],
    ['one in a list', { terraform: [{}, { backend: { http: {} } }] }, '`backend`'],
    ['a cloud', { terraform: { cloud: {} } }, '`cloud`'],
    ['an encryption', { terraform: { encryption: {} } }, '`encryption`'],
    ['an import', { import: { to: 'a.b', id: 'x' } }, 'must not have `import`'],
    ['what nobody knows yet', { language: {} }, 'must not have `language`'],
    ['a module of the network', { module: { m: { source: 'hashicorp/consul/aws' } } }, 'must be a folder'],
    ['one of Git', { module: { m: { source: 'git::https://x.org/y' } } }, 'must be a folder'],
    ['one above', { module: { m: { source: '../up' } } }, 'must be a folder'],
    ['one told by a variable', { module: { m: { source: '${var.x}' } } }, 'must be a folder'],
    ['one without files', { module: { m: { source: './none' } } }, 'has no files'],
    ['a provider', resource({}, 'random_id'), 'registry.opentofu.org/hashicorp/random'],
    ['its settings', { provider: { aws: {} } }, 'registry.opentofu.org/hashicorp/aws'],
    ['one of another name', resource({ provider: 'aws.west' }), 'hashicorp/aws'],
    ['one in braces', resource({ provider: '${aws}' }), 'hashicorp/aws'],
    ['one that cannot be read', resource({ provider: ['aws'] }), '`provider` must name'],
    ['one that is required', { terraform: { required_providers: { x: { source: 'a/b' } } } }, 'org/a/b'],
    [
      'one of another host',
      { terraform: { required_providers: { x: { source: 'h.org/a/b' } } } },
      'h.org/a/b',
    ],
    [
      'one with the name of the built-in',
      { terraform: { required_providers: { terraform: { source: 'evil/terraform' } } } },
      'registry.opentofu.org/evil/terraform',
    ],
    ['an ephemeral one', { ephemeral: { random_password: { a: {} } } }, 'hashicorp/random'],
  ])('with %s is refused', (_, tree, rule) => {
    expect(broken(tree).join('\n')).toContain(rule);
  });

  it.each([
    ...[
      '${file("/etc/passwd")}',
      '${core::file("/proc/self/environ")}',
      '%{ if fileexists("/x") }%{ endif }',
    ],
    ...[
      '${templatestring(local.t, {})}',
      '${ file  (\n"x")}',
      '${file/* */("x")}',
      '${upper(filebase64("x"))}',
    ],
    ...[
      '${[for f in fileset("/", "*"): f]}',
      '${"${templatefile("x", {})}"}',
      '${abspath(".")}',
      '${pathexpand("~")}',
    ],
  ])('that reads files of the worker is refused: %s', (text) => {
    expect(broken(resource({ input: text })).join()).toContain('must not call');
    expect(broken(resource({ input: { [text]: [1] } })).join()).toContain('must not call');
    expect(broken({ locals: { a: [[text]] } }).join()).toContain('must not call');
  });

  it('may speak of files', () => {
    const texts = ['the file', '${var.file}', '${my_file("x")}', 'profile (old)', '${local.file_name}'];
    expect(broken({ locals: { texts } })).toEqual([]);
  });

  it('takes providers that are allowed', () => {
    const random = new Set([BUILT_IN, 'registry.opentofu.org/hashicorp/random']);
    expect(broken(resource({}, 'random_id'), {}, random)).toEqual([]);
    const named = { terraform: { required_providers: { random: { source: 'Hashicorp/Random' } } } };
    expect(broken({ ...named, ...resource({}, 'random_id') }, {}, random)).toEqual([]);
    const own = { terraform: { required_providers: { mine: { source: 'hashicorp/random' } } } };
    expect(broken({ ...own, ...resource({}, 'mine_id') }, {}, random)).toEqual([]);
    const other = { terraform: { required_providers: { random: { source: 'evil/random' } } } };
    expect(broken({ ...other, ...resource({}, 'random_id') }, {}, random).join()).toContain('evil/random');
  });

  it.each([
    ...['main.tf', 'main.tofu', 'main.tofu.json', 'x.auto.tfvars.json', 'terraform.tfstate', '../a.tf.json'],
    ...['/a.tf.json', 'a/../b.tf.json', '.terraform/a.tf.json', 'override.tf.json', 'a_override.tf.json'],
    ...['.tf.json', 'a b.tf.json', 'a\\b.tf.json'],
  ])('has no file %s', (path) => {
    expect(broken({}, { [path]: '{}' })).toEqual([expect.stringContaining(path)]);
  });

  it.each(['', '[]', 'null', '{"a": 1,}', '1'])('has no file with the text %j', (text) => {
    expect(broken({}, { 'b.tf.json': text })).toEqual([expect.stringContaining('must be JSON')]);
  });

  it('never stops a check: any JSON is read or refused', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('resource', 'data', 'module', 'terraform', 'removed'),
        (value, at) => {
          const { module, refusals } = readModule(
            { 'main.tf.json': JSON.stringify({ [at]: value }) },
            BUILT_IN_ONLY,
          );
          expect(module === undefined).toBe(refusals.length > 0);
        },
      ),
    );
  });
});
