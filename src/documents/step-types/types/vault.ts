import type { Json, JsonSchema } from '../../model.js';
import { flag, names, object, target, text, vaultPath } from '../schemas.js';
import type { StepType } from '../step-type.js';
import { asText, asTexts, fieldOf, touched } from '../touched.js';

/** Names of keys, few and short enough for the notes that the vault keeps beside a secret. */
const KEYS = { propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_.-]{0,63}$' }, maxProperties: 20 };
const POLICY = '^[a-z][a-z0-9_-]{0,99}$';
const ROLE = '^[A-Za-z][A-Za-z0-9_-]{0,99}$';
const KUBERNETES_NAME = '[a-z0-9]([a-z0-9.-]*[a-z0-9])?';
const mount = (description: string, byDefault: string): JsonSchema =>
  text(description, { pattern: '^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$', maxLength: 200, default: byDefault });
const policyName = text('The policy', { pattern: POLICY, maxLength: 100 });
const outText = (description: string): JsonSchema => ({ type: 'string', description });

/** Makes secrets that nobody sees. */
export const VAULT_SECRET: StepType = {
  name: 'vault.secret',
  kind: 'vault.secret',
  target: 'vault',
  description: 'Puts generated secrets, and values that are not secret, at a path in the vault.',
  input: object(
    {
      target: target('vault'),
      path: vaultPath('The path of the secret, without the mount'),
      generate: {
        type: 'object',
        ...KEYS,
        additionalProperties: object(
          {
            length: { type: 'integer', minimum: 8, maximum: 256, default: 32, description: 'Characters' },
            alphabet: {
              enum: ['letters_digits', 'hex', 'digits', 'symbols'],
              default: 'letters_digits',
              description: 'Which characters; `symbols`: letters, digits and -_.~',
            },
          },
          [],
        ),
        description: 'Secrets to generate, by the name of their key',
      },
      names: {
        type: 'array',
        items: { type: 'string', pattern: KEYS.propertyNames.pattern },
        maxItems: KEYS.maxProperties,
        uniqueItems: true,
        default: [],
        description: 'Names of more keys to generate, each of 32 letters and digits',
      },
      values: {
        type: 'object',
        ...KEYS,
        additionalProperties: { type: 'string', maxLength: 1000 },
        description: 'Values that are not secret, such as a user name, by the name of their key',
      },
      mode: {
        enum: ['merge', 'replace'],
        default: 'merge',
        description: 'What happens to other keys at the path: `merge` keeps them',
      },
      rotate: flag('Generate new secrets, also for keys that are there', false),
    },
    ['path'],
  ),
  outputs: {
    path: outText('The path'),
    version: { type: 'integer', description: 'The version of the secret' },
    keys: { type: 'array', items: { type: 'string' }, description: 'The keys that the step names' },
  },
  example: { path: 'teams/field/loader', generate: { PASSWORD: { length: 24 } }, values: { USER: 'loader' } },
  plan: 'Shows which keys would be written, and the version that is there; never a value.',
  apply:
    'Writes the keys that are missing, as a new version, unless another version was written meanwhile; a key that is there stays, unless rotate is true.',
  undo: 'Destroys the version that this run wrote, or removes the keys that it added, if that version is still the newest.',
  touches: (input) => touched('vault_path', asText(input.path)),
};

/** Gives a team a part of the vault. */
export const VAULT_SPACE: StepType = {
  name: 'vault.space',
  kind: 'vault.space',
  target: 'vault',
  description: 'Makes a policy for a part of the secrets, and a role with which programs log in to use it.',
  input: object(
    {
      target: target('vault'),
      path: vaultPath('The part: everything below this path, without the mount'),
      policy: policyName,
      access: { enum: ['read', 'write'], default: 'read', description: 'What the policy allows' },
      exact: flag('The part is the secret at this path alone, and nothing below it', false),
      login: {
        ...object(
          {
            method: { enum: ['approle', 'kubernetes'], description: 'How programs log in' },
            mount: text('Where the method is mounted, by default at its name', {
              maxLength: 100,
              pattern: ROLE,
            }),
            role: text('The role', { pattern: ROLE, maxLength: 100 }),
            service_accounts: {
              ...names('For kubernetes: the service accounts; `*`: all of the namespaces'),
              items: { type: 'string', pattern: `^(\\*|${KUBERNETES_NAME})$`, maxLength: 253 },
            },
            audience: text('For kubernetes: for whom their tokens must be made, such as `vault`', {
              pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]*$',
              maxLength: 200,
            }),
            namespaces: {
              ...names('For kubernetes: their namespaces'),
              items: { type: 'string', pattern: `^${KUBERNETES_NAME}$`, maxLength: 63 },
            },
          },
          ['method', 'role'],
        ),
        description: 'The role; without it, only the policy is made',
      },
    },
    ['path', 'policy'],
  ),
  outputs: {
    path: outText('The path'),
    mount: outText('Where the secrets are mounted'),
    policy: outText('The policy'),
    role: outText('The role; empty without one'),
  },
  example: { path: 'teams/field', policy: 'team-field', login: { method: 'approle', role: 'team-field' } },
  plan: 'Shows the policy and the role that would be created or changed.',
  apply: 'Writes the policy and the role if they are missing or different.',
  undo: 'Removes what this run created, if nobody has changed it; a change of something that existed stays.',
  touches: (input) => [
    // everything below it, so that the folder of a team is its own
    ...touched('vault_path', `${asText(input.path)}${input.exact === true ? '' : '/'}`),
    ...touched('role', asText(input.policy), asText(fieldOf(input.login, 'role'))),
  ],
};

/** A policy of the vault. */
export const VAULT_POLICY: StepType = {
  name: 'vault.policy',
  kind: 'vault.policy',
  target: 'vault',
  description: 'Creates a policy of the vault, or changes it.',
  input: object(
    {
      target: target('vault'),
      policy: policyName,
      rules: {
        type: 'array',
        minItems: 1,
        maxItems: 100,
        items: object(
          {
            path: text('A path of the API, such as `secret/data/teams/field/*`', {
              pattern: '^[A-Za-z0-9_.+-]+(/[A-Za-z0-9_.+-]+)*(/\\*|\\*)?$',
              maxLength: 500,
            }),
            capabilities: {
              type: 'array',
              minItems: 1,
              uniqueItems: true,
              items: { enum: ['create', 'read', 'update', 'patch', 'delete', 'list', 'deny'] },
              description: 'What is allowed there',
            },
          },
          ['path', 'capabilities'],
        ),
        description: 'What the policy allows',
      },
    },
    ['policy', 'rules'],
  ),
  outputs: { policy: outText('The policy') },
  example: {
    policy: 'team-field-reader',
    rules: [{ path: 'secret/data/teams/field/*', capabilities: ['read'] }],
  },
  plan: 'Shows the policy as it is and as it would be.',
  apply: 'Writes the policy if it is missing or different.',
  undo: 'Removes the policy if this run created it and nobody has changed it.',
  touches: (input) => [
    ...touched('role', asText(input.policy)),
    ...touched('vault_path', ...(Array.isArray(input.rules) ? input.rules : []).map(pathOfRule)),
  ],
};

/** A role of the vault's database engine. */
export const VAULT_DATABASE_ROLE: StepType = {
  name: 'vault.database_role',
  kind: 'vault.database_role',
  target: 'vault',
  description: 'Makes a role with which the vault issues short-lived logins of PostgreSQL.',
  input: object(
    {
      target: target('vault'),
      mount: mount('Where the database engine is mounted', 'database'),
      role: text('The role', { pattern: ROLE, maxLength: 100 }),
      connection: text('The connection that is configured in the engine', { pattern: ROLE, maxLength: 100 }),
      member_of: text('The role of PostgreSQL whose rights the logins get', {
        pattern: '^[a-z][a-z0-9_-]{0,62}$',
        maxLength: 63,
      }),
      ttl_seconds: {
        type: 'integer',
        minimum: 60,
        maximum: 2_592_000,
        default: 3600,
        description: 'Life of a login',
      },
      max_ttl_seconds: {
        type: 'integer',
        minimum: 60,
        maximum: 31_536_000,
        default: 86_400,
        description: 'Its life if it is renewed',
      },
    },
    ['role', 'connection', 'member_of'],
  ),
  outputs: { path: outText('Where logins are issued, such as `database/creds/field-reader`') },
  example: { role: 'team-field-reader', connection: 'products', member_of: 'field_reader' },
  plan: 'Shows the role as it is and as it would be.',
  apply:
    'Writes the role if it is missing or different. What a login makes belongs to `member_of`; when it ends, its sessions end, too.',
  undo: 'Removes the role if this run created it and nobody has changed it; logins that were issued end by themselves.',
  touches: (input) => touched('role', ...asTexts([input.role ?? '', input.member_of ?? ''])),
};

/** Steps that act on Vault or OpenBao. */
export const VAULT_STEPS: readonly StepType[] = [
  VAULT_SECRET,
  VAULT_SPACE,
  VAULT_POLICY,
  VAULT_DATABASE_ROLE,
];

/**
 * The path of a rule as a path of secrets: without the mount and what of a secret it is about. Any other path begins with a slash, as no folder
 * of a team does.
 */
function pathOfRule(rule: Json): string {
  const path = asText(fieldOf(rule, 'path'));
  const secrets = /^[^/]+\/(?:data|metadata|subkeys|delete|undelete|destroy)\/(.*)$/.exec(path)?.[1];
  return secrets === undefined ? `/${path}` : secrets.replace(/\/\*$/, '/');
}
