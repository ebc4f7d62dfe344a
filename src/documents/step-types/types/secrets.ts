import type { JsonSchema } from '../../model.js';
import { deliver, namespace, object, secretRef, target, text, vaultPath } from '../schemas.js';
import type { StepType } from '../step-type.js';
import { deliveredTo } from '../touched.js';

const PART = '^[A-Za-z_][A-Za-z0-9_.-]{0,63}$';
const keys: JsonSchema = {
  type: 'object',
  propertyNames: { pattern: PART },
  minProperties: 1,
  maxProperties: 20,
  additionalProperties: { type: 'string', pattern: '^[A-Za-z0-9._-]+$', maxLength: 253 },
  description: 'The parts of the secret, and the key that each has there',
};

const from: JsonSchema = {
  type: 'object',
  description: 'Where the secret is: a path in the vault, or a Secret in Kubernetes',
  properties: {
    vault: object({ target: target('vault'), path: vaultPath('The path, without the mount'), keys }, [
      ...['path', 'keys'],
    ]),
    kubernetes: object(
      {
        target: target('kubernetes'),
        namespace: namespace('The namespace of the Secret'),
        name: text('The Secret', { pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$', maxLength: 253 }),
        keys,
      },
      ['namespace', 'name', 'keys'],
    ),
  },
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
};

/** Carries a secret that somebody else has made to another place. */
export const SECRET_COPY: StepType = {
  name: 'secret.copy',
  kind: 'secret.copy',
  target: 'vault',
  description: 'Reads a secret from the vault or from Kubernetes, and delivers it to either of them.',
  input: object(
    {
      from,
      values: {
        type: 'object',
        propertyNames: { pattern: PART },
        maxProperties: 20,
        additionalProperties: { type: 'string', maxLength: 1000 },
        default: {},
        description: 'More parts, which are not secret, such as a host',
      },
      deliver,
    },
    ['from', 'deliver'],
  ),
  outputs: { delivered: secretRef },
  example: {
    from: { vault: { path: 'teams/field/registry', keys: { username: 'username', password: 'password' } } },
    deliver: { kubernetes: { namespace: 'field', name: 'registry', registry: 'registry.example.org' } },
  },
  plan: 'Shows which keys would be written, if what is there is not a copy of the present version.',
  apply:
    'Reads the secret at this moment, delivers it and forgets it. A copy that is there already is not written again while its source has not changed.',
  undo: 'Takes back what was delivered, if nobody has changed it; the source stays.',
  touches: ({ from: source, deliver: to }) => [...deliveredTo(source), ...deliveredTo(to)],
};
