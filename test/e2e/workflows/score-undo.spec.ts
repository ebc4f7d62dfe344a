import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { waitFor } from '../../../scripts/child.mjs';
import { HttpTargetServer, json, type Received } from '../../support/servers/http-target.js';
import { pageFile, SCORE_PROVIDERS, scoreFile, SHELVES } from '../../support/workflows/score-providers.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { secretFile } from '../../support/workflows/steps.js';
import { tempDir } from '../../support/service/temp.js';
import { endOfPlan, order, takenBack } from '../../support/workflows/order-plans.js';
import {
  acceptedRun,
  endOf,
  execute,
  runWhen,
  statesOf,
  writeProviders,
} from '../../support/workflows/runs.js';

const SLOW = 120_000;

describe('the undo of a run that made resources of a Score file', () => {
  let stack: Stack;
  let target: HttpTargetServer;
  /** Answers in place of what the gateways do; undefined: they do. */
  let instead: ((request: Received, response: ServerResponse) => boolean) | undefined;

  beforeAll(async () => {
    target = await HttpTargetServer.start();
    let last = 0;
    target.answer = (request, response) => {
      if (instead?.(request, response)) return;
      const { method, path } = request;
      if (method === 'POST') last += 1;
      const id = method === 'POST' ? `gw-${last}` : (path.split('/')[2] ?? '');
      json(response, 200, { id, url: `https://pay.example.org/${id}` });
    };
    const [providers, targets] = [tempDir('providers'), join(tempDir('targets'), 'targets.json')];
    writeProviders(providers, { ...SCORE_PROVIDERS, ...SHELVES });
    const one = { name: 'payments', kind: 'http', url: target.origin, teams: ['Lab'] };
    writeFileSync(
      targets,
      JSON.stringify({ targets: [{ ...one, token_file: secretFile('a-token-of-it') }] }),
    );
    stack = await startStack({ env: { ...NO_LIMITS, PROVIDERS_DIR: providers, TARGETS_FILE: targets } });
    await makePeople(stack, ['alice']);
    await stack.admin.post('/groups/Lab', { owners: ['alice'] });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await target?.stop();
  });
  beforeEach(() => {
    target.received.splice(0);
    instead = undefined;
  });

  const alice = () => stack.person('alice');
  const carriedOut = async (score: string, workflow = 'deploy') =>
    endOf(alice(), acceptedRun(await execute(alice(), `shop/${workflow}`, {}, { score, team: 'Lab' })));
  const undo = (run: { id: string }) => alice().post(`/api/workflows/${run.id}/undo`);
  const undone = async (run: { id: string }) => {
    acceptedRun(await undo(run));
    return runWhen(alice(), run, 'undone', ({ undone_at }) => undone_at !== null);
  };
  const resources = async (app: string) =>
    (await alice().get('/api/resources')).body.items.filter(({ application }: any) => application === app);
  const sent = () => target.received.map(({ method, path, body }) => [`${method} ${path}`, body]);
  const deletions = async (app: string) =>
    (await alice().get('/api/workflows?provider=payments&limit=500')).body.items.filter(
      ({ workflow, application }: any) => workflow === 'close' && application === app,
    );

  it('deletes them by the workflow of their type, with what it declares, and the rest step by step', async () => {
    const run = await carriedOut(pageFile('one', 'provider: stripe, limit: 7'));
    const { id } = run.steps[1].outputs.body;
    target.received.splice(0);
    const end = await undone(run);
    expect(sent()).toEqual([
      ['DELETE /apps/one', undefined],
      [`DELETE /gateways/${id}`, { limit: 7, provider: 'stripe' }],
    ]);
    const [deletion] = await deletions('one');
    expect(deletion).toMatchObject({ status: 'completed', requested_by: 'alice', team: 'Lab' });
    expect(Object.values(statesOf(end))).toEqual(['undone', 'undone', 'undone']);
    expect(end.steps.map(({ undo_run_id }: any) => undo_run_id)).toEqual([null, deletion.id, null]);
    expect(await resources('one')).toEqual([]);
    expect(await stack.rootS3.buckets()).not.toContain('lab-one');
  });

  it('does so in a rollback, and a retry makes them again', async () => {
    instead = ({ method }, response) => {
      if (method === 'PUT') json(response, 422, {});
      return method === 'PUT';
    };
    const failed = await carriedOut(pageFile('two'));
    const { id } = failed.steps[1].outputs.body;
    expect([failed.status, sent().at(-1)]).toEqual([
      'failed',
      [`DELETE /gateways/${id}`, { limit: 10, provider: 'stripe' }],
    ]);
    expect(Object.values(statesOf(failed))).toEqual(['undone', 'undone', 'failed']);
    instead = undefined;
    acceptedRun(await alice().post(`/api/workflows/${failed.id}/retry`));
    const again = await endOf(alice(), failed);
    expect([again.status, (await resources('two')).map(({ name }: any) => name)]).toEqual([
      'completed',
      ['gateway', 'store'],
    ]);
  });

  it('does so when an order plan is taken back', async () => {
    const input = { provider: 'shop', workflow: 'deploy', team: 'Lab', score: pageFile('three') };
    const plan = await endOfPlan(stack.admin, await order(stack.admin, [{ kind: 'workflow.run', input }]));
    target.received.splice(0);
    await takenBack(stack.admin, plan);
    expect(sent().at(-1)?.[1]).toEqual({ limit: 10, provider: 'stripe' });
    expect([await resources('three'), (await deletions('three')).length]).toEqual([[], 1]);
  });

  it('leaves one that a later run changed: it stays listed, the answer says so, and it can be deleted', async () => {
    const first = await carriedOut(pageFile('four'));
    const [gateway] = await resources('four');
    const change = await carriedOut(pageFile('four', 'provider: stripe, limit: 8'));
    target.received.splice(0);
    const end = await undone(first);
    expect(sent().map(([what]) => what)).toEqual(['DELETE /apps/four']);
    expect(statesOf(end)).toMatchObject({
      ...{ announce: 'undone', 'resources.gateway/request': 'completed', 'resources.store/bucket': 'undone' },
    });
    expect(end.steps[1].operations).toMatchObject([
      {
        status: 'skipped',
        entitlement: { type: 'resource', id: gateway.id },
        message: `run ${change.id} changed it since: it stays, until somebody asks for DELETE /api/resources/${gateway.id}`,
      },
    ]);
    expect(await resources('four')).toMatchObject([{ id: gateway.id, changed_by: change.id }]);
    const deletion = await endOf(alice(), acceptedRun(await alice().delete(`/api/resources/${gateway.id}`)));
    expect([deletion.status, sent().at(-1), await resources('four')]).toEqual([
      'completed',
      [`DELETE /gateways/${gateway.outputs.id}`, { limit: 8, provider: 'stripe' }],
      [],
    ]);
  });

  it('does nothing more about one that was deleted', async () => {
    const run = await carriedOut(pageFile('five'));
    const [{ id }] = await resources('five');
    const deletion = await endOf(alice(), acceptedRun(await alice().delete(`/api/resources/${id}`)));
    target.received.splice(0);
    const end = await undone(run);
    expect(sent().map(([what]) => what)).toEqual(['DELETE /apps/five']);
    expect(end.steps[1]).toMatchObject({ status: 'undone', undo_run_id: deletion.id });
    expect(await deletions('five')).toHaveLength(1);
  });

  it('fails with its deletion, and goes on when it is asked for again', async () => {
    const run = await carriedOut(pageFile('six'));
    instead = ({ method, path }, response) => {
      const isIt = method === 'DELETE' && path.startsWith('/gateways');
      if (isIt) json(response, 409, {});
      return isIt;
    };
    acceptedRun(await undo(run));
    const failed = await runWhen(alice(), run, 'failure', ({ steps }) => steps[1].status === 'undo_failed');
    expect(failed.steps[1].error).toContain('Step request failed');
    await waitFor('its end', async () => (await resources('six')).length === 2);
    instead = undefined;
    const end = await undone(run);
    expect([Object.values(statesOf(end)), await resources('six')]).toEqual([
      ['undone', 'undone', 'undone'],
      [],
    ]);
  });

  it('takes one back step by step whose workflow found something there', async () => {
    await stack.rootS3.createBucket('lab-found');
    const shelves = `  found: {type: shelf, params: {bucket: lab-found}}\n  new: {type: shelf, params: {bucket: lab-new}}`;
    const end = await undone(await carriedOut(scoreFile('seven', shelves), 'prepare'));
    expect(end.steps.map(({ undo_run_id }: any) => undo_run_id !== null)).toEqual([false, true, false]);
    const buckets = await stack.rootS3.buckets();
    expect(['lab-found', 'lab-new'].map((each) => buckets.includes(each))).toEqual([true, false]);
  });

  it(
    'deletes each once, though the service is killed meanwhile',
    async () => {
      const run = await carriedOut(pageFile('eight'));
      const { id } = run.steps[1].outputs.body;
      instead = ({ path }) => path.startsWith('/gateways');
      acceptedRun(await undo(run));
      await waitFor('the deletion', () => target.received.some(({ path }) => path === `/gateways/${id}`));
      await stack.service.kill();
      instead = undefined;
      await stack.restart();
      await runWhen(alice(), run, 'undone', ({ undone_at }) => undone_at !== null);
      const keys = target.received
        .filter(({ path }) => path === `/gateways/${id}`)
        .map(({ headers }) => headers['idempotency-key']);
      expect([new Set(keys).size, (await deletions('eight')).length]).toEqual([1, 1]);
    },
    SLOW,
  );
});
