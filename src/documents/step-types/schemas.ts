import type { JsonSchema } from '../model.js';

/** Parts of schemas that several step types share. */

export const text = (description: string, more: JsonSchema = {}): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength: 1100,
  description,
  ...more,
});

export const flag = (description: string, defaultValue: boolean): JsonSchema => ({
  type: 'boolean',
  default: defaultValue,
  description,
});

export const names = (description: string): JsonSchema => ({
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: 200 },
  maxItems: 100,
  uniqueItems: true,
  description,
});

/** Whether the thing is to be there or not. */
export const state: JsonSchema = {
  enum: ['present', 'absent'],
  default: 'present',
  description: '`absent`: it is to be removed, and only its name is given',
};

/** An object that refuses unknown fields. */
export function object(
  properties: { readonly [name: string]: JsonSchema },
  required: readonly string[],
): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** The configured system to act on. */
export const target = (kind: string): JsonSchema =>
  text(`The name of a ${kind} target. Without it: the only one that the team may use`, { maxLength: 63 });

/** A path in the vault: no segment begins with a dot. */
export const vaultPath = (description: string): JsonSchema =>
  text(description, {
    pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$',
    maxLength: 500,
  });

/** A namespace of Kubernetes. */
export const namespace = (description: string): JsonSchema =>
  text(description, { pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$', maxLength: 63 });

const vault = object(
  {
    target: target('vault'),
    path: vaultPath('The path of the secret, without the mount'),
    keys: {
      type: 'object',
      additionalProperties: { type: 'string', minLength: 1, maxLength: 100 },
      description: 'The key in the vault for each part of the secret, if it should have another name',
    },
    mode: {
      enum: ['merge', 'replace'],
      default: 'merge',
      description: 'What happens to other keys at the path: `merge` keeps them',
    },
  },
  ['path'],
);

const kubernetes = object(
  {
    target: target('kubernetes'),
    namespace: namespace('The namespace of the Secret'),
    name: text('The Secret; its other keys stay', {
      pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$',
      maxLength: 253,
    }),
    keys: {
      type: 'object',
      additionalProperties: { type: 'string', pattern: '^[A-Za-z0-9._-]+$', minLength: 1, maxLength: 100 },
      description: 'The key in the Secret for each part of the secret, if it should have another name',
    },
    registry: text(
      'The Secret is one with which images are pulled from this registry, such as `registry.example.org`; the parts `username` and `password` are needed',
      { pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9._-]+)*/?$', maxLength: 253 },
    ),
  },
  ['namespace', 'name'],
);

const claim = object(
  {
    to: text('The user who may claim the secret, once', { maxLength: 100 }),
    expires_in_seconds: {
      type: 'integer',
      minimum: 60,
      maximum: 604_800,
      default: 86_400,
      description: 'Seconds until the claim expires',
    },
  },
  ['to'],
);

/** Where a step puts a secret that it makes. Nobody sees it on the way, and no output contains it. */
export const deliver: JsonSchema = {
  type: 'object',
  description:
    'Where the secret goes: a path in the vault, a Secret in Kubernetes, or a claim that one person makes once',
  properties: { vault, kubernetes, claim },
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
};

/** Where a delivered secret is: never the secret. */
export const secretRef: JsonSchema = {
  type: 'object',
  description:
    'Where the secret was put: `vault` with path and version, `kubernetes` with namespace, name and uid, or `claim` with its address',
};
