import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../../scripts/node.mjs';
import type { Finding } from '../../../../src/documents/model.js';
import { readProvider } from '../../../../src/documents/providers/read-provider.js';

const TEMPLATE = join(ROOT, 'templates', 'provider');
const CREATE = 'workflows/create-bucket.yaml';
const PROJECT = 'workflows/new-project.yaml';
const files = readdirSync(TEMPLATE, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
);

/** What is said of the template of a provider with one mistake in it. */
function saidOf(file: string, right: string, wrong: string): { errors: string[]; warnings: string[] } {
  const texts = new Map(files.map((name) => [name, readFileSync(join(TEMPLATE, name), 'utf8')]));
  const text = texts.get(file) ?? '';
  expect(text).toContain(right);
  texts.set(file, text.replace(right, wrong));
  const { errors, warnings } = readProvider(texts);
  const line = ({ file: where, line, column, message, suggestion }: Finding) =>
    `${where}:${line}:${column}: ${message}${suggestion === undefined ? '' : ` (${suggestion})`}`;
  return { errors: errors.map(line), warnings: warnings.map(line) };
}

describe('a mistake in a provider is said once, where it is, with what is right', () => {
  it.each([
    [
      'the name of a parameter',
      CREATE,
      '${inputs.bucket_name}',
      '${inputs.bucketname}',
      `${CREATE}:18:15: \`\${inputs.bucketname}\` names nothing: there is no \`bucketname\` in \`inputs\` (\${inputs.bucket_name})`,
    ],
    [
      'a tab',
      CREATE,
      '    type: storage.bucket',
      '\ttype: storage.bucket',
      `${CREATE}:16:1: This is not YAML: lines are indented with spaces, never with tabs`,
    ],
    [
      'a forgotten colon',
      CREATE,
      'steps:',
      'steps',
      `${CREATE}:14:1: This is not YAML: the name in this line has no \`:\` after it, or a text is not indented`,
    ],
    [
      'a colon in a text',
      CREATE,
      'Creates a bucket',
      'Creates: a bucket',
      `${CREATE}:2:14: This is not YAML: a text with \`: \` in it stands in quotes`,
    ],
    [
      'an indentation',
      CREATE,
      '      versioning:',
      '     versioning:',
      `${CREATE}:19:1: This is not YAML: the fields of a mapping, and the items of a list, start at the same column`,
    ],
    [
      'a field of a step',
      CREATE,
      '      versioning:',
      '      version:',
      `${CREATE}:19:7: There is no field \`version\` in this step type (versioning)`,
    ],
    [
      'a missing field',
      CREATE,
      '      bucket: ${inputs.bucket_name}\n',
      '',
      `${CREATE}:17:5: The step needs the field \`bucket\``,
    ],
    [
      'a default of another type',
      CREATE,
      'default: true',
      'default: "true"',
      `${CREATE}:12:14: \`default\` does not obey the parameter's own rules. It must be true or false`,
    ],
    [
      'a type of a parameter',
      CREATE,
      'type: boolean',
      'type: bolean',
      `${CREATE}:11:11: \`type\` must be one of \`string\`, \`number\`, \`integer\`, \`int\`, \`boolean\`, \`bool\`, \`enum\`, \`duration\` (boolean)`,
    ],
    [
      'the name of a workflow',
      PROJECT,
      'workflow: create-bucket',
      'workflow: create-buckets',
      `${PROJECT}:18:17: There is no workflow \`create-buckets\` in this provider (create-bucket)`,
    ],
    [
      'a parameter of a workflow that is called',
      PROJECT,
      '        versioning:',
      '        versioned:',
      `${PROJECT}:21:9: Workflow \`create-bucket\` has no parameter \`versioned\` (versioning)`,
    ],
    [
      'a parameter that a workflow needs',
      PROJECT,
      '        bucket_name: ${inputs.bucket_name}\n',
      '',
      `${PROJECT}:19:7: Workflow \`create-bucket\` needs the parameter \`bucket_name\``,
    ],
    [
      'a value that a workflow does not take',
      PROJECT,
      'versioning: ${inputs.versioning}',
      'versioning: "yes"',
      `${PROJECT}:21:21: Parameter \`versioning\` of workflow \`create-bucket\`: It must be true or false`,
    ],
    [
      'the workflow of a resource type',
      'provider.yaml',
      'create: create-bucket',
      'create: make-bucket',
      'provider.yaml:9:15: There is no workflow `make-bucket`',
    ],
  ])('%s', (_, file, right, wrong, said) => {
    expect(saidOf(file, right, wrong)).toEqual({ errors: [said], warnings: [] });
  });

  it('a reference without braces is a text, with a warning', () => {
    const { warnings } = saidOf(CREATE, '${inputs.versioning}', '$inputs.versioning');
    expect(warnings).toEqual([
      `${CREATE}:19:7: \`$inputs.versioning\` stands for itself: references have braces (\${inputs.versioning})`,
    ]);
    expect(saidOf(CREATE, 'Creates a bucket', 'Costs $inputs.x').warnings).toEqual([]);
  });
});
