import type { Json, JsonSchema } from '../../model.js';
import { object, target, text, vaultPath } from '../schemas.js';
import type { StepType } from '../step-type.js';
import { asText, fieldOf, touched } from '../touched.js';

export const ANSIBLE = 'ansible';

const NAME = '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$';
const variableName = { pattern: '^[A-Za-z_][A-Za-z0-9_]{0,99}$' };
const secretRef: JsonSchema = object(
  {
    target: target('vault'),
    path: vaultPath('The path of the secret, without the mount'),
    key: text('Its key', { maxLength: 100 }),
  },
  ['path', 'key'],
);
const host: JsonSchema = object(
  {
    name: text('Its name in plays; without `address` also where it is', { pattern: NAME, maxLength: 253 }),
    address: text('A name or an address', {
      pattern: '^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$',
      maxLength: 253,
    }),
    port: { type: 'integer', minimum: 1, maximum: 65_535, default: 22, description: 'The port of SSH' },
    user: text('Who logs in there', { pattern: '^[a-z_][a-z0-9_.-]*$', maxLength: 32 }),
    host_key: text('The public key of the host, such as `ssh-ed25519 AAAA…`: another host is not talked to', {
      pattern: '^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}$',
      maxLength: 2000,
    }),
    python: text('The Python there; without it, Ansible looks for one', {
      pattern: '^/[A-Za-z0-9._/-]+$',
      maxLength: 200,
    }),
    groups: {
      type: 'array',
      items: { type: 'string', pattern: '^[a-z_][a-z0-9_]*$', maxLength: 100 },
      maxItems: 20,
      description: 'The groups that it is in',
    },
  },
  ['name', 'user', 'host_key'],
);
const plays = (description: string): JsonSchema => ({
  type: 'array',
  items: { type: 'object' },
  minItems: 1,
  maxItems: 20,
  description,
});
const file = (description: string): JsonSchema => text(description, { maxLength: 500 });

/** What a playbook of Ansible does on hosts. */
export const ANSIBLE_RUN: StepType = {
  name: ANSIBLE,
  kind: ANSIBLE,
  description: 'Runs a playbook of Ansible on hosts. Only workers with WORKFLOW_TOOLS=ansible carry it out.',
  input: object(
    {
      playbook: file('A file of the provider, instead of `plays`'),
      plays: plays('The plays. No references stand in them: values come by `variables`'),
      hosts: {
        type: 'array',
        items: host,
        minItems: 1,
        maxItems: 50,
        description:
          'The hosts, which are reached by SSH; without them it is the worker itself, `localhost`, if the administrator allows that',
      },
      private_key: {
        ...secretRef,
        description: 'Where in the vault the private key is with which the hosts are reached',
      },
      variables: {
        type: 'object',
        propertyNames: variableName,
        maxProperties: 100,
        description: 'Values of variables. They are never read as templates',
      },
      secret_variables: {
        type: 'object',
        propertyNames: variableName,
        additionalProperties: secretRef,
        maxProperties: 20,
        description:
          'Where in the vault values of variables are. Of a task that uses one nothing is shown but that it changes something',
      },
      undo: file(
        'A file of the provider with the playbook that takes back what this one did, instead of `undo_plays`',
      ),
      undo_plays: plays('The plays that take back what `plays` did'),
    },
    [],
  ),
  outputs: {
    changed: { type: 'boolean', description: 'Whether anything was changed' },
    hosts: {
      type: 'object',
      additionalProperties: { type: 'integer' },
      description: 'How many tasks have changed something, for each host',
    },
  },
  example: {
    plays: [
      {
        hosts: 'all',
        gather_facts: false,
        tasks: [{ name: 'Say hello', 'ansible.builtin.debug': { msg: '{{ greeting }}' } }],
      },
    ],
    variables: { greeting: 'hello' },
  },
  plan: 'Shows what check mode of Ansible tells: each task that would change something on a host, with the difference, and each that cannot be predicted.',
  apply:
    'Runs the playbook, if check mode still tells the same; otherwise it is refused with `plan_changed`.',
  undo: 'Runs the playbook in `undo`, if there is one and something was changed.',
  touches: ({ hosts, private_key: key, secret_variables: secrets }) => [
    ...(Array.isArray(hosts) ? hosts : []).flatMap((each) =>
      touched(
        'managed_host',
        (asText(fieldOf(each, 'address')) || asText(fieldOf(each, 'name'))).toLowerCase(),
      ),
    ),
    ...[key ?? null, ...Object.values((secrets ?? {}) as Record<string, Json>)].flatMap((each) =>
      touched('vault_path', asText(fieldOf(each, 'path'))),
    ),
  ],
};

/** Steps of tools that run as programs beside a worker. */
export const ANSIBLE_STEPS: readonly StepType[] = [ANSIBLE_RUN];
