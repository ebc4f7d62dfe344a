import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpTargetServer, json } from '../../support/servers/http-target.js';
import { problemOf } from '../../support/service/problems.js';
import { SCORE_PROVIDERS, scoreFile } from '../../support/workflows/score-providers.js';
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

const POLICY = `
rules:
  - name: gateways
    when: plan.exists(s, s.type == "http.request" && s.provider.startsWith("payments"))
    then: approve
    message: A gateway costs money
  - name: no-versions
    when: plan.exists(s, s.type == "storage.bucket" && s.input.versioning)
    then: deny
    message: Versions cost money
`;
const GATEWAY = 'type: payment-gateway, params: {provider: stripe}';

describe('resources of a Score file that cannot be made', () => {
  let stack: Stack;
  let target: HttpTargetServer;

  beforeAll(async () => {
    target = await HttpTargetServer.start();
    target.answer = (_, response) => json(response, 200, { id: 'gw', url: 'https://pay.example.org/gw' });
    const folder = tempDir('providers');
    const [targets, policy] = [join(tempDir('targets'), 'targets.json'), join(tempDir('policy'), 'p.yaml')];
    writeProviders(folder, SCORE_PROVIDERS);
    const one = { name: 'payments', kind: 'http', url: target.origin, teams: ['Lab'] };
    writeFileSync(
      targets,
      JSON.stringify({ targets: [{ ...one, token_file: secretFile('a-token-of-it') }] }),
    );
    writeFileSync(policy, POLICY);
    const env = { PROVIDERS_DIR: folder, TARGETS_FILE: targets, WORKFLOW_POLICY_FILE: policy };
    stack = await startStack({ env: { ...NO_LIMITS, ...env } });
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Lab', { owners: ['bob'], members: ['alice'] });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await target?.stop();
  });
  beforeEach(() => target.received.splice(0));

  const alice = () => stack.person('alice');
  const asks = (score: string, query = '', workflow = 'prepare') =>
    execute(alice(), `shop/${workflow}`, {}, { score, team: 'Lab', query });
  const runs = async () => (await alice().get('/api/workflows')).body.items.length;

  it.each([
    {
      what: 'a type that nobody offers',
      resources: '  g: {type: payment-gatway}',
      ...{ at: [5, 13], rule: /no resources of the type `payment-gatway`, only `payment-gateway`, `store`/ },
      suggestion: 'payment-gateway',
    },
    {
      what: 'a type that two providers offer',
      resources: '  g: {type: wallet, class: eu}',
      ...{
        at: [5, 13],
        rule: /Several providers offer the type `wallet` with the class `eu`: `payments-eu`, `stores`/,
      },
    },
    {
      what: 'a circle',
      resources: `  a: {type: store, params: {bucket: "\${resources.b.bucket}"}}
  b: {type: store, params: {bucket: "\${resources.c.bucket}"}}
  c: {type: store, params: {bucket: "\${resources.b.bucket}"}}`,
      ...{ at: [6, 3], rule: /in a circle: b → c → b/ },
    },
    {
      what: 'an output that there is not',
      resources: `  a: {type: store, params: {bucket: lab-x}}
  g: {type: payment-gateway, params: {provider: "\${resources.a.bukcet}"}}`,
      ...{ at: [6, 49], rule: /names nothing: resources of the type `store` give `bucket`/ },
      suggestion: '${resources.a.bucket}',
    },
    {
      what: 'a parameter that there is not',
      resources: '  g: {type: payment-gateway, params: {provider: x, limits: 3}}',
      ...{ at: [5, 52], rule: /have no parameter `limits`/, suggestion: 'limit' },
    },
    {
      what: 'a parameter of another type',
      resources: '  g: {type: payment-gateway, params: {provider: x, limit: "3"}}',
      ...{ at: [5, 59], rule: /Parameter `limit`: It must be a whole number/ },
    },
    {
      what: 'a parameter that is missing',
      resources: '  g: {type: payment-gateway}',
      ...{ at: [5, 3], rule: /need the parameter `provider`/ },
    },
  ])('$what is refused with its place, and nothing is recorded', async ({ resources, at, rule, ...more }) => {
    const before = await runs();
    for (const query of ['', '?dry_run=true']) {
      const answer = await asks(scoreFile('bad', resources), query);
      const [line, column] = at;
      expect([problemOf(answer), answer.body.errors[0]]).toMatchObject([
        [422, 'score_invalid'],
        { file: 'score.yaml', line, column, message: expect.stringMatching(rule) },
      ]);
      expect(answer.body.errors[0].suggestion).toBe('suggestion' in more ? more.suggestion : undefined);
    }
    expect([await runs(), target.received]).toEqual([before, []]);
  });

  it('a class finds its provider, and one without a workflow that changes it stays as it is', async () => {
    const eu = (provider: string) =>
      scoreFile('eu', `  g: {type: payment-gateway, class: eu, params: {provider: ${provider}}}`);
    const run = acceptedRun(await asks(eu('mollie')));
    await approved(run);
    expect(target.received.map(({ path }) => path)).toEqual(['/eu/gateways']);
    const changed = await asks(eu('adyen'));
    expect([problemOf(changed), changed.body.errors[0]]).toMatchObject([
      [422, 'score_invalid'],
      { line: 5, message: expect.stringContaining('has no workflow that updates it') },
    ]);
  });

  /** The run, once bob has approved it. */
  const approved = async (run: { id: string }) => {
    const waits = await runWhen(alice(), run, 'the question', ({ status }) => status === 'awaiting_approval');
    const saying = { plan_digest: waits.plan_digest };
    expect((await stack.person('bob').post(`/api/workflows/${run.id}/approve`, saying)).status).toBe(200);
    return endOf(alice(), run);
  };

  it('a rule about the steps of a provider holds for them inside of another workflow', async () => {
    const file = scoreFile('asked', `  g: {${GATEWAY}}`);
    const dry = await asks(file, '?dry_run=true');
    expect(dry.body.approvals_needed).toMatchObject([{ rule: 'gateways', count: 1 }]);
    const run = acceptedRun(await asks(file));
    const waits = await runWhen(alice(), run, 'the question', ({ status }) => status === 'awaiting_approval');
    expect(waits.approvals[0].plan[0]).toMatchObject({
      step: 'resources.g/request',
      input: { path: '/gateways', body: { provider: 'stripe' } },
    });
    expect(target.received).toEqual([]);
    expect(await approved(run)).toMatchObject({ status: 'completed' });
  });

  it('a rule denies them, and they touch only names of the team', async () => {
    const versions = scoreFile('denied', '  s: {type: store, params: {bucket: lab-v, versioning: true}}');
    const denied = await asks(versions);
    expect([problemOf(denied), denied.body.errors]).toEqual([
      [422, 'not_allowed_step'],
      [{ field: 'rules.no-versions', rule: 'Versions cost money' }],
    ]);
    const others = await asks(scoreFile('others', '  s: {type: store, params: {bucket: office-data}}'));
    expect([problemOf(others), others.body.errors[0].field]).toEqual([
      [422, 'not_allowed_step'],
      'steps.resources.s/bucket',
    ]);
    // what only the run tells is checked before the step
    target.answer = (_, response) => json(response, 200, { id: 'office-data', url: 'x' });
    const late = scoreFile(
      'late',
      `  g: {${GATEWAY}}\n  s: {type: store, params: {bucket: "\${resources.g.id}"}}`,
    );
    const failed = await approved(acceptedRun(await asks(late)));
    expect([failed.status, statesOf(failed), failed.steps[1].error_code]).toEqual([
      'failed',
      { 'resources.g/request': 'completed', 'resources.s/bucket': 'failed', ready: 'waiting' },
      'not_allowed_step',
    ]);
    expect(await stack.rootS3.buckets()).not.toContain('office-data');
  });

  it('a text of the file is never read as a reference of a workflow', async () => {
    const provider = '"{{ .parameters.x }} $${inputs.limit} $${requester}"';
    const file = scoreFile('text', `  g: {type: payment-gateway, params: {provider: ${provider}}}`);
    const { body } = await asks(file, '?dry_run=true');
    expect(body.plan[0].input.body.provider).toBe('{{ .parameters.x }} ${inputs.limit} ${requester}');
  });
});
