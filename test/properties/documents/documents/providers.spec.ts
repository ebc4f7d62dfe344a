import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { ROOT } from '../../../../scripts/node.mjs';
import type { Files, Provider, Reading } from '../../../../src/documents/model.js';
import { digestOf } from '../../../../src/documents/providers/digest.js';
import { readProvider } from '../../../../src/documents/providers/read-provider.js';

function filesOf(name: string): Map<string, string> {
  const folder = join(ROOT, 'test/fixtures/providers', name);
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));
  const files = paths.filter((path) => statSync(path).isFile());
  return new Map(files.map((path) => [relative(folder, path), readFileSync(path, 'utf8')]));
}
const said = ({ errors }: Reading<unknown>): string[] =>
  errors.map(
    ({ file, line, column, message, suggestion }) =>
      `${file}:${line}:${column} ${message}${suggestion ? ` → ${suggestion}` : ''}`,
  );
const load = (files: Files, strict = false): Provider => {
  const reading = readProvider(files, { strict });
  expect(said(reading)).toEqual([]);
  return reading.value as Provider;
};
const changed = (file: string, from: string | RegExp, to: string): Reading<Provider> => {
  const files = filesOf('storage-team');
  const before = files.get(file) ?? '';
  expect(before).toMatch(from);
  return readProvider(
    files.set(
      file,
      before.replace(from, () => to),
    ),
  );
};
const MANIFEST = 'provider.yaml';
const CREATE = 'workflows/create-bucket.yaml';

describe('a provider', () => {
  it('of the guide for product teams loads byte for byte, also strictly, and says what cannot run yet', () => {
    const files = filesOf('your-team');
    const provider = load(files, true);
    expect(provider).toMatchObject({
      ...{ name: 'your-team', version: '1.0.0', owner: 'your-team@company.com' },
      description: "Your team's infrastructure services",
      workflows: [
        {
          name: 'provision-service',
          file: 'workflows/provision-service.yaml',
          ...{ category: 'provisioner', operation: 'create', phase: 'main', onFailure: 'keep' },
          steps: [
            {
              name: 'create-namespace',
              type: 'kubernetes.apply',
              with: {
                manifest: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: '${APP_NAME}' } }],
              },
            },
            {
              name: 'deploy-service',
              type: 'kubernetes.apply',
              with: { namespace: '${APP_NAME}', manifest_path: './manifests/service.yaml' },
            },
          ],
        },
      ],
    });
    expect(readProvider(files).warnings.map(({ message, line }) => [line, message])).toEqual([
      [17, 'The provider has no file `./manifests/service.yaml`: a run is refused'],
    ]);
  });

  it('says that people who are asked have a time of their own', () => {
    const step = '- {name: ask, type: approval, timeout: 5m, with: {expires_in_seconds: 600}}';
    const files = new Map([
      ['provider.yaml', 'name: field\nversion: 1.0.0\ndescription: d\nowner: o\nworkflows_dir: workflows\n'],
      ['workflows/ask.yaml', `name: ask\ndescription: Asks\nsteps:\n  ${step}\n`],
    ]);
    const { errors, warnings } = readProvider(files);
    expect([errors, warnings.map(({ message, line, column }) => [message, line, column])]).toEqual([
      [],
      [['People have `expires_in_seconds` to answer: this field has no effect', 4, 33]],
    ]);
  });

  it('in the manifest form loads, with workflows of all forms', () => {
    const { workflows, resourceTypes, owner, tags } = load(filesOf('storage-team'));
    expect([owner, tags]).toEqual(['storage-team@example.org', ['storage', 's3']]);
    const [create, remove, onboard] = workflows;
    expect(create).toMatchObject({
      category: 'provisioner',
      operation: 'create',
      triggers: ['manual'],
      onFailure: 'keep',
    });
    expect(create?.parameters).toMatchObject({
      properties: { public_access: { type: 'boolean', default: false } },
      required: ['bucket_name'],
    });
    expect(create?.steps[1]).toEqual({
      ...{ name: 'principal', type: 'storage.principal', with: { user_name: 'svc-${inputs.bucket_name}' } },
      ...{ if: '!(inputs.public_access)', onError: 'fail', timeoutSeconds: 300 },
    });
    expect(remove).toMatchObject({ operation: 'delete', phase: 'post', owner: 'storage-team' });
    expect(remove?.steps[1]).toMatchObject({ type: 'assert' });
    expect(onboard).toMatchObject({
      category: 'goldenpath',
      phase: 'pre',
      triggers: ['data_product.created'],
      onFailure: 'rollback',
    });
    const operations = { create: 'create-bucket', delete: 'delete-bucket' };
    expect(resourceTypes).toEqual(['s3', 'bucket', 'object-store'].map((type) => ({ type, operations })));
  });

  it.each<[string, string | RegExp, string, string]>([
    [
      MANIFEST,
      'name: storage-team',
      'name: Storage Team',
      '4:9 The name of a provider has at most 63 small letters, digits and `-` → storage-team',
    ],
    [MANIFEST, 'author:', 'auther:', '8:3 `metadata` has no field `auther` → author'],
    [MANIFEST, 'aliasFor: bucket', 'aliasFor: bukket', '22:38 There is no resource type `bukket` → bucket'],
    [
      MANIFEST,
      'aliasFor: s3',
      'aliasFor: object-store',
      '21:32 Aliases go round: bucket → object-store → bucket',
    ],
    [
      MANIFEST,
      '{type: bucket, aliasFor: s3}',
      '{type: s3, operations: {create: create-bucket}}',
      '21:14 There are two resource types `s3`',
    ],
    [
      MANIFEST,
      '{workflow: create-bucket}',
      '{workflow: create-buckets}',
      '17:28 There is no workflow `create-buckets` → create-bucket',
    ],
    [
      MANIFEST,
      'workflows/onboard.yaml',
      'workflows/onbord.yaml',
      '26:27 There is no file `workflows/onbord.yaml`',
    ],
    [MANIFEST, 'name: onboard', 'name: create-bucket', '1:1 There are two workflows `create-bucket`'],
    [
      CREATE,
      'type: storage.bucket',
      'type: storage.buckt',
      '12:11 There is no step type `storage.buckt` → storage.bucket',
    ],
    [
      CREATE,
      'type: storage.bucket',
      'type: monitoring',
      '12:11 There is no step for monitoring: send a request to your monitoring (`monitoring`) → http.request',
    ],
    [
      CREATE,
      'type: storage.bucket',
      'type: policy',
      '12:11 A step does not run a script: say in an assert what must hold (`policy`) → assert',
    ],
    [
      CREATE,
      'versioning: ${',
      'versionning: ${',
      '15:7 There is no field `versionning` in this step type → versioning',
    ],
    [CREATE, "bucket: '{{ .parameters.bucket_name }}'", 'tags: {}', '13:5 The step needs the field `bucket`'],
    [
      CREATE,
      '${inputs.versioning}',
      '${inputs.bucket_name}',
      '15:19 `${inputs.bucket_name}` is a text, and `versioning` must be true or false',
    ],
    [
      CREATE,
      '${inputs.versioning}',
      'on-${team}',
      '15:19 This is a text, and `versioning` must be true or false: write only the reference',
    ],
    [CREATE, '${inputs.versioning}', '"yes"', '15:19 `versioning` is not valid. It must be true or false'],
    [
      CREATE,
      '.parameters.bucket_name',
      '.parameters.bucketname',
      '14:15 `${inputs.bucketname}` names nothing: there is no `bucketname` in `inputs` → ${inputs.bucket_name}',
    ],
    [
      CREATE,
      '{{ .parameters.bucket_name }}',
      '{{ if .parameters.public_access }}a{{ end }}',
      "14:15 `{{ if .parameters.public_access }}` is logic of Go's templates: put the condition into `if` of a step, in CEL → if: inputs.public_access",
    ],
    [
      CREATE,
      'outputs.delivered',
      'outputs.secret_key',
      '31:11 `${steps.key.outputs.secret_key}`: no step gives out a secret. Say in `deliver` of step `key` where the secret goes → deliver: {vault: {path: …}}',
    ],
    [
      CREATE,
      'steps.principal',
      'steps.key',
      '26:18 `${steps.key.outputs.user_name}` names a step that comes later, or this one: only steps before have outputs',
    ],
    [
      CREATE,
      'unless: inputs.public_access',
      'unless: inputs.public',
      '19:13 This condition is not valid CEL here. No such key: public',
    ],
    [
      CREATE,
      'unless: inputs.public_access',
      'unless: inputs.bucket_name',
      '19:13 This condition is not valid CEL here. A condition must give true or false → inputs.bucket_name == …',
    ],
    [
      CREATE,
      'unless: inputs.public_access',
      'if: $PUBLIC == true',
      '19:9 A condition is CEL: names stand in it without `$` and braces → $PUBLIC == true',
    ],
    [
      CREATE,
      'unless: inputs.public_access',
      'when: on_failure',
      '19:11 What happens after a failure is said of the whole workflow → on_failure: rollback',
    ],
    [
      CREATE,
      'dependsOn: [bucket, principal]',
      'dependsOn: [buckt]',
      '24:17 There is no step `buckt` → bucket',
    ],
    [CREATE, 'name: principal', 'name: bucket', '16:11 There are two steps `bucket`'],
    [
      CREATE,
      'timeout: 5m',
      'timeout: soon',
      '20:14 `timeout` is a number of seconds, or a text such as `5m`; at most 30 days → 5m',
    ],
    [
      CREATE,
      'timeout: 5m',
      'setVariables: {}',
      '20:5 Variables of a run do not exist: refer to the outputs of the step, `${steps.NAME.outputs.NAME}`',
    ],
    [CREATE, 'timeout: 5m', 'tiemout: 5m', '20:5 A step has no field `tiemout` → timeout'],
    [
      CREATE,
      /vault: \{.*\}\}/,
      'volt: {path: x}}',
      '28:17 There is no field `deliver.volt` in this step type',
    ],
    [
      'workflows/delete-bucket.yaml',
      'that: inputs',
      'that: input',
      '18:54 This condition is not valid CEL here. Unknown variable: input',
    ],
    [
      'workflows/delete-bucket.yaml',
      '{that: inputs.bucket_name != "production"}',
      '{that: \'"${inputs.bucket_name}" != "production"\'}',
      '18:54 A condition is CEL: names stand in it without `$` and braces',
    ],
    ['workflows/delete-bucket.yaml', '[manual]', '[weekly]', /There is no trigger `weekly`/.source],
    [
      'workflows/onboard.yaml',
      'workflow: create-bucket',
      'workflow: "${inputs.bucket}"',
      '12:22 `workflow` is a name, without references: a run is checked as a whole before it begins',
    ],
  ])('%s: %s → %s', (file, from, to, expected) => {
    const reading = changed(file, from, to);
    expect(reading.value).toBeUndefined();
    expect(said(reading).join('\n')).toContain(expected);
  });

  it('names the place of an error in the file that has it', () => {
    expect(said(changed(CREATE, 'type: storage.bucket', 'type: nothing'))[0]).toMatch(
      /^workflows\/create-bucket\.yaml:12:11 /,
    );
  });

  it('without owner or description is a warning, and an error if one is strict', () => {
    const files = new Map([
      ['provider.yml', 'name: small\n'],
      ['workflows/a.yaml', 'name: a\nsteps: [{name: a, type: wait, with: {seconds: 1}}]\n'],
    ]);
    expect(readProvider(files).warnings.map(({ message }) => message)).toEqual([
      'A workflow should have `description`',
      'A provider should have `owner`',
      'A provider should have `description`',
    ]);
    expect(said(readProvider(files, { strict: true }))).toHaveLength(3);
    expect(said(readProvider(new Map()))).toEqual(['provider.yaml:1:1 The provider has no `provider.yaml`']);
  });

  it('has a digest that says whether its files are the same', () => {
    const files = fc
      .dictionary(fc.string(), fc.string(), { maxKeys: 5 })
      .map((each) => new Map(Object.entries(each)));
    fc.assert(
      fc.property(files, files, (one, other) => {
        const same = JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());
        expect(digestOf(one) === digestOf(other)).toBe(same);
        expect(digestOf(new Map([...one].reverse()))).toBe(digestOf(one));
      }),
    );
    expect(digestOf(new Map([['a', 'b\nc']]))).not.toBe(digestOf(new Map([['a\nb', 'c']])));
  });

  it('never makes the reader fail, whatever is in a file', () => {
    const file = fc.constantFrom(MANIFEST, CREATE, 'workflows/onboard.yaml', 'workflows/delete-bucket.yaml');
    const files = filesOf('storage-team');
    fc.assert(
      fc.property(
        file,
        fc.nat(),
        fc.constantFrom('', ':', '[', 'null', '{}', '- ', '${', '{{ ', '5', '&a', '"'),
        (name, at, text) => {
          const lines = (files.get(name) ?? '').split(/(?<=\s|[,:{}])/);
          lines[at % lines.length] = text;
          const { value, errors } = readProvider(new Map(files).set(name, lines.join('')));
          expect(value === undefined).toBe(errors.length > 0);
          for (const { line, column } of errors) expect(line > 0 && column > 0).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });
});
