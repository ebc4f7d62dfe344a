import fc from 'fast-check';
import type { Json, JsonObject } from '../../../../src/documents/model.js';
import { completeUndo, fillUndo } from '../../../../src/documents/references/own-answer.js';
import type { Scope } from '../../../../src/documents/references/fill.js';
import { readWorkflow } from '../../../../src/documents/workflows/read-workflow.js';

const scopeWith = (value: string): Scope => ({
  ...{ inputs: { value }, steps: {}, resources: {}, app: {} },
  ...{ team: 'Lab', requester: 'alice', run: { id: 'r' } },
});
const UNDO: JsonObject = {
  path: '/a/${inputs.value}/${steps.me.outputs.body.id}',
  body: {
    whole: '${steps.me.outputs.body}',
    text: '${steps.me.outputs.body.id} of ${inputs.value}',
    plain: '${inputs.value}',
  },
};
const nasty = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '${steps.me.outputs.body.id}',
    '{{ .parameters.value }}',
    '<known after apply>',
    '$${x}',
    '../..',
  ),
);

describe('an undo that names what its step was answered', () => {
  it('has the values as they are: none is read again, and in an address each is one part', () => {
    fc.assert(
      fc.property(nasty, nasty, (value, id) => {
        const { undo, later } = fillUndo(UNDO, scopeWith(value), 'me');
        // it is kept in a database between
        const kept = JSON.parse(JSON.stringify({ undo, later })) as typeof undo & {
          undo: JsonObject;
          later: typeof later;
        };
        const body: Json = { id, more: [1, null] };
        expect(completeUndo(kept.undo, kept.later, { status: 201, body })).toEqual({
          path: `/a/${encodeURIComponent(value)}/${encodeURIComponent(id)}`,
          body: { whole: body, text: `${id} of ${value}`, plain: value },
        });
      }),
    );
  });

  it('is none without what it needs, and where that is no single value', () => {
    const { undo, later } = fillUndo(UNDO, scopeWith('x'), 'me');
    for (const outputs of [
      {},
      { body: {} },
      { body: { id: [] } },
      { body: { id: null } },
      { body: 'text' },
    ] as Json[])
      expect(completeUndo(undo, later, outputs)).toBeUndefined();
  });

  it.each([
    ['in its undo', '{path: /x, undo: {path: "/x/${steps.me.outputs.body.id}"}}', undefined],
    ['elsewhere', '{path: "/x/${steps.me.outputs.body.id}"}', /names a step that comes later, or this one/],
    [
      'that there is not',
      '{path: /x, undo: {path: "/x/${steps.me.outputs.bdy}"}}',
      /has the outputs `status`, `body`/,
    ],
  ])('names an output of its own step %s', (_, input, message) => {
    const { errors } = readWorkflow(
      'w.yaml',
      `name: w\nsteps: [{name: me, type: http.request, with: ${input}}]\n`,
    );
    expect(errors.map((each) => each.message)).toEqual(message ? [expect.stringMatching(message)] : []);
  });
});
