import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpTargetServer, json } from '../../support/servers/http-target.js';
import { problemOf } from '../../support/service/problems.js';
import { pageFile, SCORE_PROVIDERS, scoreFile } from '../../support/workflows/score-providers.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { secretFile } from '../../support/workflows/steps.js';
import { tempDir } from '../../support/service/temp.js';
import {
  acceptedRun,
  endOf,
  execute,
  runWhen,
  statesOf,
  writeProviders,
} from '../../support/workflows/runs.js';

const CREATED = { class: 'default', operation: 'create', id: null, message: null };

describe('resources of a Score file that providers make', () => {
  let stack: Stack;
  let target: HttpTargetServer;

  beforeAll(async () => {
    target = await HttpTargetServer.start();
    let last = 0;
    target.answer = ({ method, path }, response) => {
      if (method === 'POST') last += 1;
      const id = method === 'POST' ? `gw-${last}` : (path.split('/')[2] ?? '');
      json(response, 200, { id, url: `https://pay.example.org/${id}${method === 'PATCH' ? '/v2' : ''}` });
    };
    const [providers, targets] = [tempDir('providers'), join(tempDir('targets'), 'targets.json')];
    writeProviders(providers, SCORE_PROVIDERS);
    const one = { name: 'payments', kind: 'http', url: target.origin, teams: ['Lab', 'Few'] };
    writeFileSync(
      targets,
      JSON.stringify({ targets: [{ ...one, token_file: secretFile('a-token-of-it') }] }),
    );
    stack = await startStack({ env: { ...NO_LIMITS, PROVIDERS_DIR: providers, TARGETS_FILE: targets } });
    await makePeople(stack, ['alice', 'erin']);
    for (const group of ['Lab', 'Few']) await stack.admin.post(`/groups/${group}`, { owners: ['alice'] });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await target?.stop();
  });
  beforeEach(() => target.received.splice(0));

  const alice = () => stack.person('alice');
  const asks = (score: string, { workflow = 'deploy', query = '', ...more }: Record<string, any> = {}) =>
    execute(alice(), `shop/${workflow}`, {}, { score, team: 'Lab', query, ...more });
  const carriedOut = async (score: string, more = {}) => endOf(alice(), acceptedRun(await asks(score, more)));
  const undone = async (run: { id: string }) => {
    await alice().post(`/api/workflows/${run.id}/undo`);
    return runWhen(alice(), run, 'undone', ({ undone_at }) => undone_at !== null);
  };
  const resources = async (app: string, query = '') =>
    (await alice().get(`/api/resources${query}`)).body.items.filter(
      ({ application }: any) => application === app,
    );
  const sent = () => target.received.map(({ method, path, body }) => [`${method} ${path}`, body]);
  const hasBucket = async (name: string) => (await stack.rootS3.buckets()).includes(name);

  it('a dry run shows the steps of their workflows, before those of the run, and records nothing', async () => {
    const dry = await asks(pageFile('dry'), { query: '?dry_run=true' });
    expect([dry.status, dry.body.resources]).toEqual([
      200,
      [
        { name: 'store', type: 'store', provider: 'stores', ...CREATED },
        { name: 'gateway', type: 'payment-gateway', provider: 'payments', ...CREATED },
      ],
    ]);
    expect(dry.body.plan.map(({ step, input }: any) => [step, input.bucket ?? input.body])).toEqual([
      ['resources.store/bucket', 'lab-dry'],
      ['resources.gateway/request', { provider: 'stripe', ledger: 'lab-dry/ledger', limit: 10 }],
      ['announce', { gateway: '<known after apply>', store: 'lab-dry', replicas: 1 }],
    ]);
    expect([sent(), await resources('dry'), await hasBucket('lab-dry')]).toEqual([[], [], false]);
  });

  it('are made in the order of their references, and give their outputs to each other and to the workflow', async () => {
    const run = await carriedOut(pageFile('one'));
    expect([run.status, statesOf(run), run.outputs]).toEqual([
      'completed',
      {
        'resources.store/bucket': 'completed',
        'resources.gateway/request': 'completed',
        announce: 'completed',
      },
      { gateway: 'https://pay.example.org/gw-1' },
    ]);
    expect(sent()).toEqual([
      ['POST /gateways', { provider: 'stripe', ledger: 'lab-one/ledger', limit: 10 }],
      ['PUT /apps/one', { gateway: 'https://pay.example.org/gw-1', store: 'lab-one', replicas: 1 }],
    ]);
    const [gateway, store] = await resources('one');
    expect([gateway, store]).toMatchObject([
      {
        ...{ name: 'gateway', type: 'payment-gateway', class: 'default', provider: 'payments', team: 'Lab' },
        ...{ outputs: { id: 'gw-1', url: 'https://pay.example.org/gw-1' }, changed_by: null },
      },
      { name: 'store', type: 'store', outputs: { bucket: 'lab-one' }, run_id: run.id },
    ]);
    const { payload } = (await alice().get(`/api/workflows/${run.id}/receipt`)).body;
    expect(payload.steps.map(({ name, status }: any) => [name, status])).toEqual(
      Object.entries(statesOf(run)),
    );
  });

  it('stay as they are while the file says the same, and are changed when it says something else', async () => {
    await carriedOut(pageFile('two'));
    const [gateway] = await resources('two');
    const { id } = gateway.outputs;
    target.received.splice(0);
    const same = await carriedOut(pageFile('two'));
    expect([statesOf(same), same.resources.map(({ operation }: any) => operation)]).toEqual([
      { announce: 'completed' },
      ['keep', 'keep'],
    ]);
    expect(sent()).toEqual([
      ['PUT /apps/two', { gateway: gateway.outputs.url, store: 'lab-two', replicas: 1 }],
    ]);
    target.received.splice(0);
    const changed = await carriedOut(pageFile('two', 'provider: stripe, limit: 99'));
    expect(changed.resources.map(({ operation }: any) => operation)).toEqual(['keep', 'update']);
    const url = `https://pay.example.org/${id}/v2`;
    expect(sent()).toEqual([
      [`PATCH /gateways/${id}`, { limit: 99, ledger: 'lab-two/ledger' }],
      ['PUT /apps/two', { gateway: url, store: 'lab-two', replicas: 1 }],
    ]);
    expect(await resources('two', '?type=payment-gateway')).toMatchObject([
      { id: gateway.id, outputs: { id, url }, changed_by: changed.id, changing: null },
    ]);
    // an undo of the change leaves the resource as it was before
    target.received.splice(0);
    await undone(changed);
    expect(sent().map(([what]) => what)).toEqual(['DELETE /apps/two', `PATCH /gateways/${id}`]);
    expect(await resources('two', '?type=payment-gateway')).toMatchObject([
      { id: gateway.id, outputs: { id, url: gateway.outputs.url }, changed_by: null },
    ]);
    const again = await asks(pageFile('two'), { query: '?dry_run=true' });
    expect(again.body.resources.map(({ operation }: any) => operation)).toEqual(['keep', 'keep']);
  });

  it('are deleted by the workflow of their type, with what was last said, and made again when the file is run again', async () => {
    await carriedOut(pageFile('three'));
    await carriedOut(pageFile('three', 'provider: stripe, limit: 7'));
    const [{ id, outputs }] = await resources('three', '?type=payment-gateway');
    target.received.splice(0);
    const deletion = await endOf(alice(), acceptedRun(await alice().delete(`/api/resources/${id}`)));
    expect([deletion.status, sent()]).toEqual([
      'completed',
      [[`DELETE /gateways/${outputs.id}`, { limit: 7, provider: 'stripe' }]],
    ]);
    expect((await resources('three')).map(({ name }: any) => name)).toEqual(['store']);
    const again = await carriedOut(pageFile('three'));
    expect(again.resources.map(({ operation }: any) => operation)).toEqual(['keep', 'create']);
  });

  it('are taken back with the run, the last one first', async () => {
    const run = await carriedOut(pageFile('four'));
    const [gateway] = await resources('four');
    target.received.splice(0);
    await undone(run);
    expect(sent().map(([what]) => what)).toEqual([
      'DELETE /apps/four',
      `DELETE /gateways/${gateway.outputs.id}`,
    ]);
    expect([await resources('four'), await hasBucket('lab-four')]).toEqual([[], false]);
  });

  it('with an id are one resource for all applications of the team, and another one for other teams', async () => {
    const shared = (app: string, params = 'params: {bucket: lab-ids}') =>
      scoreFile(app, `  all: {type: store, id: shared, ${params}}`);
    const first = await carriedOut(shared('five'), { workflow: 'prepare' });
    const second = await carriedOut(shared('six', 'params: {}'), { workflow: 'prepare' });
    expect([first, second].map((run) => run.resources[0].operation)).toEqual(['create', 'keep']);
    const few = scoreFile('five', '  all: {type: store, id: shared, params: {bucket: few-ids}}');
    const other = await carriedOut(few, { workflow: 'prepare', team: 'Few' });
    expect([other.status, other.resources[0].operation]).toEqual(['completed', 'create']);
  });

  it('that are no longer in the file stay, and the dry run and the run say so', async () => {
    await carriedOut(pageFile('eight'));
    const [gateway, store] = await resources('eight');
    const left = ({ id }: any) => ({
      ...{ operation: 'left', id },
      message: `it is no longer in the Score file, and stays until somebody asks for DELETE /api/resources/${id}`,
    });
    const only = scoreFile('eight', '  store: {type: store, params: {bucket: lab-eight}}');
    const dry = (await asks(only, { workflow: 'prepare', query: '?dry_run=true' })).body;
    const run = await carriedOut(only, { workflow: 'prepare' });
    for (const { resources: told } of [dry, run])
      expect(told).toMatchObject([
        { name: 'store', operation: 'keep', id: null, message: null },
        { name: 'gateway', type: 'payment-gateway', provider: 'payments', ...left(gateway) },
      ]);
    const none = scoreFile('eight', '  {}').replace('resources:\n  {}\n', '');
    const both = (await asks(none, { workflow: 'prepare', query: '?dry_run=true' })).body.resources;
    expect(both).toMatchObject([left(store), left(gateway)].map(({ id }) => ({ operation: 'left', id })));
    expect(await resources('eight')).toEqual([gateway, store]);
    // another application, another team and a run without a file say nothing of them
    const others = [
      await asks(scoreFile('nine', '  {}').replace('resources:\n  {}\n', ''), {
        workflow: 'prepare',
        query: '?dry_run=true',
      }),
      await asks(none, { workflow: 'prepare', team: 'Few', query: '?dry_run=true' }),
      await execute(
        alice(),
        'shop/prepare',
        {},
        { team: 'Lab', application: 'eight', query: '?dry_run=true' },
      ),
    ];
    expect(others.map(({ body }) => body.resources)).toEqual([[], [], []]);
    expect(sent().filter(([what]) => String(what).startsWith('DELETE'))).toEqual([]);
  });

  it('that a run leaves out are not there', async () => {
    const run = await endOf(
      alice(),
      acceptedRun(await execute(alice(), 'shop/optional', {}, { team: 'Lab' })),
    );
    expect(statesOf(run)).toEqual({ ready: 'completed', 'store/bucket': 'skipped' });
    const list = await alice().get('/api/resources');
    expect([list.status, list.body.items.filter(({ run_id }: any) => run_id === run.id)]).toEqual([200, []]);
  });

  it('are made by one run at a time', async () => {
    const store = scoreFile('seven', '  store: {type: store, params: {bucket: lab-seven}}');
    const first = acceptedRun(await asks(store, { workflow: 'pause' }));
    await runWhen(alice(), first, 'the question', ({ status }) => status === 'awaiting_approval');
    const second = await asks(store, { workflow: 'prepare' });
    expect([problemOf(second), second.headers.location]).toEqual([
      [409, 'run_in_progress'],
      `/api/workflows/${first.id}`,
    ]);
    await alice().post(`/api/workflows/${first.id}/cancel`);
    await endOf(alice(), first);
    expect((await carriedOut(store, { workflow: 'prepare' })).status).toBe('completed');
  });
});
