import type { JsonSchema } from '../../model.js';
import { object, target, text } from '../schemas.js';
import type { StepType } from '../step-type.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const path = text('The path below the address of the target, with its query', {
  maxLength: 1000,
  pattern: '^/',
});
const body: JsonSchema = { description: 'What is sent, as JSON' };
const request = { method: { enum: METHODS, default: 'POST', description: 'The method' }, path, body };
const seconds = (description: string, more: JsonSchema): JsonSchema => ({
  type: 'integer',
  description,
  ...more,
});

/** One request to a system that has no step type of its own. */
export const HTTP_REQUEST: StepType = {
  name: 'http.request',
  kind: 'http.request',
  target: 'http',
  description: 'Sends one request to a configured address.',
  input: object(
    {
      target: target('http'),
      ...request,
      headers: {
        type: 'object',
        maxProperties: 20,
        additionalProperties: { type: 'string', maxLength: 1000 },
        description: 'Headers; credentials come from the target',
      },
      expect: {
        type: 'array',
        minItems: 1,
        maxItems: 20,
        items: { type: 'integer', minimum: 200, maximum: 599 },
        description: 'The status codes that mean success; without it 200 to 299',
      },
      undo: {
        ...object(request, ['path']),
        description: 'The request that takes it back; it may name outputs of the step itself',
      },
    },
    ['path'],
  ),
  outputs: {
    status: { type: 'integer', description: 'The status code' },
    body: { description: 'The answer, if it is JSON' },
  },
  example: { method: 'POST', path: '/projects', body: { name: 'field' } },
  plan: 'Shows the request that would be sent.',
  apply: 'Sends the request with an idempotency key; redirects are not followed.',
  undo: 'Sends the request in `undo`, if there is one.',
  undoNamesOutputs: true,
  touches: () => [],
};

/** A condition on which the run depends. */
export const ASSERT: StepType = {
  name: 'assert',
  kind: 'assert',
  description: 'Ends the run if something does not hold.',
  input: object(
    {
      that: text('What must hold, in CEL', { maxLength: 2000 }),
      message: text('What to say if it does not hold', { maxLength: 500 }),
    },
    ['that'],
  ),
  outputs: {},
  example: { that: 'inputs.quota_bytes <= 1000000000', message: 'At most 1 GB without asking' },
  plan: 'Shows whether it holds, as far as that is known before.',
  apply: 'Evaluates it; false ends the run.',
  undo: null,
  touches: () => [],
};

/** A decision of people. */
const APPROVAL: StepType = {
  name: 'approval',
  kind: 'approval',
  description: 'Waits until people have approved the plan.',
  input: object(
    {
      from: text("The group whose members may approve; without it the owners of the provider's team", {
        maxLength: 63,
      }),
      count: seconds('How many of them', { minimum: 1, maximum: 10, default: 1 }),
      message: text('What they are asked', { maxLength: 500 }),
      expires_in_seconds: seconds('Seconds until the run is cancelled without an answer', {
        minimum: 60,
        maximum: 2_592_000,
        default: 604_800,
      }),
    },
    [],
  ),
  outputs: {},
  example: { from: 'platform', message: 'A database for the field team' },
  plan: 'Shows who would be asked.',
  apply: 'Waits for the approvals; the requester is not counted.',
  undo: null,
  touches: () => [],
};

/** A pause. */
export const WAIT: StepType = {
  name: 'wait',
  kind: 'wait',
  description: 'Waits for a time.',
  input: object({ seconds: seconds('How long', { minimum: 1, maximum: 604_800 }) }, ['seconds']),
  outputs: {},
  example: { seconds: 30 },
  plan: 'Shows how long it would wait.',
  apply: 'Waits, without keeping a worker.',
  undo: null,
  touches: () => [],
};

/** Another workflow; its steps stand in its place. */
const WORKFLOW: StepType = {
  name: 'workflow',
  kind: 'workflow',
  description: 'Carries out another workflow, with the rules of its provider.',
  input: object(
    {
      provider: text('The provider that has the workflow; without it the same one', { maxLength: 130 }),
      workflow: text('The workflow', { maxLength: 100 }),
      parameters: { type: 'object', description: 'Its parameters' },
    },
    ['workflow'],
  ),
  outputs: {},
  example: {
    provider: 'storage-team',
    workflow: 'create-bucket',
    parameters: { bucket_name: 'field-data' },
  },
  plan: 'Shows what its steps would do.',
  apply: 'Carries out its steps in its place.',
  undo: 'Takes back its steps, the last one first.',
  touches: () => [],
};

/** Steps that decide and wait, and the one for what has no type of its own. */
export const CONTROL_STEPS: readonly StepType[] = [HTTP_REQUEST, ASSERT, APPROVAL, WAIT, WORKFLOW];
