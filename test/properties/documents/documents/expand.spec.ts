import type { JsonObject, Workflow } from '../../../../src/documents/model.js';
import { expand, type FindWorkflow } from '../../../../src/documents/expand/expand.js';
import { ExpandError } from '../../../../src/documents/expand/expand-error.js';
import { nextAfterFailure, runOutputs, runs, scopeOf } from '../../../../src/documents/expand/scope.js';
import type { Facts, Snapshot, SnapshotStep } from '../../../../src/documents/expand/snapshot.js';
import { fill } from '../../../../src/documents/references/fill.js';
import { UNKNOWN } from '../../../../src/documents/references/unknown.js';
import { readWorkflow } from '../../../../src/documents/workflows/read-workflow.js';

const read = (text: string): Workflow => {
  const { value, errors } = readWorkflow('w.yaml', text);
  expect(errors).toEqual([]);
  return value as Workflow;
};
const DATABASE = `
name: database
parameters: [{name: db, required: true}, {name: size, type: integer, default: 3}]
steps:
  - {name: create, type: http.request, with: {path: '/\${inputs.db}/\${inputs.size}', body: '\${inputs.size}'}}
  - {name: audit, type: http.request, if: inputs.size > 5, with: {path: '/\${steps.create.outputs.status}'}}
outputs: {url: 'db://\${inputs.db}', status: '\${steps.create.outputs.status}', audited: '\${steps.audit.outputs.status}'}
`;
const ONBOARD = `
name: onboard
category: goldenpath
parameters: [{name: name, required: true}, {name: big, type: boolean, default: false}]
steps:
  - {name: first, type: http.request, with: {path: '/\${inputs.name}'}}
  - name: db
    type: workflow
    if: inputs.big || inputs.name != "none"
    onError: continue
    with: {provider: data, workflow: database, parameters: {db: 'x-\${steps.first.outputs.body}'}}
  - {name: last, type: http.request, with: {path: '/\${steps.db.outputs.url}', body: '\${steps.db.outputs.status}'}}
outputs: {url: '\${steps.db.outputs.url}', audited: '\${steps.db.outputs.audited}'}
`;
const known = (...texts: string[]): FindWorkflow => {
  const workflows = texts.map(read);
  return (provider, name) => {
    const workflow = workflows.find((each) => each.name === name);
    return workflow && { provider, workflow };
  };
};
const snapshot = (): Snapshot => {
  const made = expand({ provider: 'team', workflow: read(ONBOARD) }, known(DATABASE));
  return JSON.parse(JSON.stringify(made)) as Snapshot;
};
const facts = (inputs: JsonObject, outputs: Facts['outputs'] = {}): Facts => ({
  ...{ inputs: { big: false, ...inputs }, outputs, team: 'field', requester: 'alice', runId: 'r1' },
});
const step = (made: Snapshot, name: string) => made.steps.find((each) => each.name === name) as SnapshotStep;
const input = (made: Snapshot, name: string, given: Facts) =>
  fill(step(made, name).with, scopeOf(made, step(made, name), given));

describe('a workflow that calls another one', () => {
  it('is expanded: each step keeps its provider and its frame', () => {
    const made = snapshot();
    expect(made.onFailure).toBe('rollback');
    expect(made.steps.map(({ name, provider, frame }) => [name, provider, frame])).toEqual([
      ['first', 'team', ''],
      ['db/create', 'data', 'db'],
      ['db/audit', 'data', 'db'],
      ['last', 'team', ''],
    ]);
    expect(made.frames.db).toMatchObject({
      provider: 'data',
      workflow: 'database',
      parent: '',
      onError: 'continue',
    });
  });

  it('fills in the inputs of the called one, with its defaults, and its outputs in the calling one', () => {
    const made = snapshot();
    const given = facts({ name: 'a' }, { first: { body: 'shop' }, 'db/create': { status: 201 } });
    expect(input(made, 'db/create', given)).toEqual({ path: '/x-shop/3', body: 3 });
    expect(input(made, 'db/audit', given)).toEqual({ path: '/201' });
    expect(input(made, 'last', given)).toEqual({ path: '/db://x-shop', body: 201 });
    expect(runOutputs(made, given)).toEqual({ url: 'db://x-shop' });
    expect(() => input(made, 'db/create', facts({ name: 'a' }))).toThrow(ExpandError);
    expect(() => input(made, 'last', facts({ name: 'a' }, { first: { body: 'x' } }))).toThrow('has no value');
  });

  it('shows in a plan what is not known before', () => {
    const made = snapshot();
    const given = facts({ name: 'a' }, { first: UNKNOWN, 'db/create': UNKNOWN });
    expect(input(made, 'db/create', given)).toEqual({ path: UNKNOWN, body: 3 });
    expect(input(made, 'last', given)).toEqual({ path: UNKNOWN, body: UNKNOWN });
  });

  it('checks the inputs of the called one when they are known', () => {
    const made = snapshot();
    expect(() => input(made, 'db/create', facts({ name: 'a' }, { first: { body: 1 } }))).not.toThrow();
    made.frames.db!.with = { db: '${steps.first.outputs.body}' };
    expect(() => input(made, 'db/create', facts({ name: 'a' }, { first: { body: 1 } }))).toThrow(
      'Parameter `db` of workflow `database`: It must be a text',
    );
  });

  it('skips all of the called one if the condition of the calling step does not hold', () => {
    const made = snapshot();
    const conditions = (given: Facts) => made.steps.map((each) => runs(made, each, given));
    expect(conditions(facts({ name: 'none' }, { first: { body: 'x' } }))).toEqual([true, false, false, true]);
    expect(conditions(facts({ name: 'a' }, { first: { body: 'x' } }))).toEqual([true, true, false, true]);
    made.frames.db!.with = { db: 'x', size: '${steps.first.outputs.body}' };
    expect(conditions(facts({ name: 'a' }, { first: { body: 6 } }))).toEqual([true, true, true, true]);
    expect(conditions(facts({ name: 'a' }, { first: UNKNOWN }))).toEqual([true, true, UNKNOWN, true]);
  });

  it('goes on behind the called one if one of its steps fails and the calling step says so', () => {
    const made = snapshot();
    expect(made.steps.map((_, index) => nextAfterFailure(made, index))).toEqual([undefined, 3, 3, undefined]);
    made.frames.db!.onError = 'fail';
    expect(nextAfterFailure(made, 1)).toBeUndefined();
  });

  const calling = (name: string, called: string, more = '') =>
    `name: ${name}\nsteps: [{name: call, type: workflow, with: {workflow: ${called}${more}}}]\n`;
  const LEAF = 'name: leaf\nsteps: [{name: w, type: wait, with: {seconds: 1}}]\n';
  it('is refused if it calls itself, or more than three levels deep', () => {
    const run =
      (root: string, ...others: string[]) =>
      () =>
        expand({ provider: 'p', workflow: read(root) }, known(root, ...others));
    expect(run(calling('a', 'b'), calling('b', 'a'))).toThrow('`p/a` calls itself: p/a → p/b → p/a');
    const chain = [calling('b', 'c'), calling('c', 'd')];
    expect(run(calling('a', 'b'), ...chain, LEAF.replace('leaf', 'd'))().steps[0]?.name).toBe(
      'call/call/call/w',
    );
    expect(run(calling('a', 'b'), ...chain, calling('d', 'leaf'), LEAF)).toThrow('more than 3 levels deep');
    expect(run(calling('a', 'gone'))).toThrow('There is no workflow `gone` of provider `p`');
  });

  it('is refused if it gives what the called one does not take, or refers to what it does not give', () => {
    const run = (text: string) => () => expand({ provider: 'p', workflow: read(text) }, known(DATABASE));
    expect(run(calling('a', 'database'))).toThrow(
      'Parameter `db` of workflow `database`: This field is missing',
    );
    expect(run(calling('a', 'database', ', parameters: {db: x, sise: 1}'))).toThrow('Parameter `sise`');
    expect(run(calling('a', 'database', ', parameters: {db: x, size: many}'))).toThrow(
      'must be a whole number',
    );
    expect(run(ONBOARD.replace('steps.db.outputs.status', 'steps.db.outputs.password'))).toThrow(
      'the workflow of step `db` has no output `password`',
    );
  });

  it('is refused if it has more steps than a run may have', () => {
    const many = Array.from(
      { length: 90 },
      (_, index) => `{name: w${index}, type: wait, with: {seconds: 1}}`,
    );
    const leaf = `name: leaf\nsteps: [${many.join(', ')}]\n`;
    const call = ['a', 'b', 'c'].map((name) => `{name: ${name}, type: workflow, with: {workflow: leaf}}`);
    const run = (count: number) => () =>
      expand(
        { provider: 'p', workflow: read(`name: r\nsteps: [${call.slice(0, count).join(', ')}]`) },
        known(leaf),
      );
    expect(run(2)().steps).toHaveLength(180);
    expect(run(3)).toThrow('more than 200 steps');
  });

  it('gives it the defaults that name the team, and conditions the targets that there are', () => {
    const made = expand(
      {
        provider: 'team',
        workflow: read(`
name: a
steps:
  - {name: k, type: workflow, if: '"vault" in targets', with: {provider: data, workflow: key}}
`),
      },
      known(`
name: key
parameters: [{name: folder, default: 'teams/\${team}'}]
steps: [{name: s, type: vault.secret, with: {path: '\${inputs.folder}/x'}}]
`),
    );
    expect(input(made, 'k/s', facts({}))).toEqual({ path: 'teams/field/x' });
    const isRun = (targets?: string[]) =>
      runs({ ...made, ...(targets && { targets }) }, step(made, 'k/s'), facts({}));
    expect([isRun(['vault']), isRun(['http']), isRun([]), isRun()]).toEqual([true, false, false, UNKNOWN]);
  });
});
