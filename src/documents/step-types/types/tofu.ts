import type { Json, JsonSchema } from '../../model.js';
import { object, target, text, vaultPath } from '../schemas.js';
import type { StepType } from '../step-type.js';
import { asText, fieldOf, touched } from '../touched.js';

export const TOFU = 'tofu';

const variableName = { pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,99}$' };
const secretRef: JsonSchema = object(
  {
    target: target('vault'),
    path: vaultPath('The path of the secret, without the mount'),
    key: text('Its key', { maxLength: 100 }),
  },
  ['path', 'key'],
);

/** What OpenTofu describes in a module. */
export const TOFU_APPLY: StepType = {
  name: TOFU,
  kind: TOFU,
  description:
    'Makes what a module of OpenTofu describes. Only workers with WORKFLOW_TOOLS=tofu carry it out.',
  input: object(
    {
      state: text('The name of the state; each team has states of its own', {
        pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$',
        maxLength: 63,
      }),
      module: text(
        'A folder of the provider, instead of `files`: its files `*.tf.json` are the module, as they stand',
        { maxLength: 500 },
      ),
      files: {
        type: 'object',
        additionalProperties: { type: 'string', maxLength: 262_144 },
        minProperties: 1,
        maxProperties: 50,
        description:
          'The files of the module, by their paths: JSON syntax, as a text or as a mapping. No references stand in them: values come by `variables`',
      },
      variables: {
        type: 'object',
        propertyNames: variableName,
        maxProperties: 100,
        description: 'Values of its variables',
      },
      secret_variables: {
        type: 'object',
        propertyNames: variableName,
        additionalProperties: secretRef,
        maxProperties: 20,
        description:
          'Where in the vault values of variables are; each of these variables must be marked as `sensitive` in the module',
      },
    },
    ['state'],
  ),
  outputs: {
    values: { type: 'object', description: 'The outputs of the module, without the sensitive ones' },
    resources: {
      type: 'array',
      items: { type: 'string' },
      description: 'The addresses of all resources of the state',
    },
  },
  example: {
    state: 'field-note',
    files: {
      'main.tf.json':
        '{"variable": {"text": {"type": "string"}}, "resource": {"terraform_data": {"note": {"input": "${var.text}"}}}, "output": {"note": {"value": "${terraform_data.note.output}"}}}',
    },
    variables: { text: 'hello' },
  },
  plan: 'Shows what a worker planned: each resource that would be made, changed or removed; sensitive values are left out.',
  apply: 'Applies exactly that plan. If another one is needed by then, it is refused with `plan_changed`.',
  undo: 'Destroys the resources that the run made, as far as nobody has changed them since.',
  touches: ({ secret_variables: secrets }) =>
    Object.values((secrets ?? {}) as Record<string, Json>).flatMap((each) =>
      touched('vault_path', asText(fieldOf(each, 'path'))),
    ),
};

/** Steps of tools that run as programs beside a worker. */
export const TOFU_STEPS: readonly StepType[] = [TOFU_APPLY];
