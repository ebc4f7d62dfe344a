import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { HttpTargetServer, json } from '../../support/servers/http-target.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { ctl } from '../../support/walks/ctl.js';
import { writeProviders } from '../../support/workflows/runs.js';
import { SCORE_PROVIDERS, scoreFile } from '../../support/workflows/score-providers.js';
import { secretFile } from '../../support/workflows/steps.js';

/** The provider of the page, with a type and a workflow besides. */
const PROVIDERS = {
  ...SCORE_PROVIDERS,
  'payments/provider.yaml': `${SCORE_PROVIDERS['payments/provider.yaml']}
  - {type: store, operations: {create: make-store}}
`,
  'payments/workflows/make-store.yaml': SCORE_PROVIDERS['stores/workflows/make-store.yaml'],
  'payments/workflows/begin.yaml': `
name: begin
description: Tells of an application, and what it uses
category: goldenpath
parameters:
  - {name: replicas, type: integer, default: 1}
  - {name: bucket, type: string, default: none}
steps:
  - name: announce
    type: http.request
    if: inputs.replicas > 0
    with:
      target: payments
      method: PUT
      path: /apps/\${app.name}
      body: {gateway: "\${resources.gateway.url}", replicas: "\${inputs.replicas}", team: "\${team}"}
`,
};
const GATEWAY =
  '  gateway: {type: payment-gateway, params: {provider: stripe, ledger: "${resources.store.bucket}/l"}}';
const STORE = '  store: {type: store, class: own, params: {bucket: "lab-${metadata.name}"}}';

describe('minio-managerctl with Score files', () => {
  let stack: Stack;
  let target: HttpTargetServer;
  let env: Record<string, string>;
  const folder = tempDir('work');

  beforeAll(async () => {
    target = await HttpTargetServer.start();
    target.answer = (_, response) => json(response, 200, { id: 'gw', url: 'https://pay.example.org/gw' });
    const [providers, targets] = [join(folder, 'providers'), join(tempDir('targets'), 'targets.json')];
    mkdirSync(providers, { recursive: true });
    const own = PROVIDERS['payments/provider.yaml'].replace('{type: store,', '{type: store, class: own,');
    writeProviders(providers, { ...PROVIDERS, 'payments/provider.yaml': own });
    const one = { name: 'payments', kind: 'http', url: target.origin, teams: ['Lab'] };
    writeFileSync(
      targets,
      JSON.stringify({ targets: [{ ...one, token_file: secretFile('a-token-of-it') }] }),
    );
    stack = await startStack({ env: { ...NO_LIMITS, PROVIDERS_DIR: providers, TARGETS_FILE: targets } });
    await makePeople(stack, ['alice']);
    await stack.admin.post('/groups/Lab', { members: ['alice'] });
    env = { MINIO_MANAGER_URL: stack.service.baseUrl, MINIO_MANAGER_TOKEN: stack.person('alice').token };
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await target?.stop();
  });

  const run = (...args: string[]) => ctl(env, args, { cwd: folder });
  const written = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return name;
  };
  const WORKFLOW = 'providers/payments/workflows/begin.yaml';
  const test = (score: string, ...more: string[]) =>
    run('test-workflow', WORKFLOW, '--score', score, '--team', 'Lab', '-o', 'json', ...more);

  it.each([
    { what: 'two resources, one of which uses the other', resources: `${GATEWAY}\n${STORE}` },
    { what: 'one resource', resources: GATEWAY.replace('${resources.store.bucket}', 'x') },
    {
      what: 'a text with more signs',
      resources: GATEWAY.replace('${resources.store.bucket}', () => '$${inputs.x} {{ x }}'),
    },
  ])('test-workflow plans as the service does: $what', async ({ resources }) => {
    const score = written('shop.yaml', scoreFile('shop', resources));
    const local = await test(score, '--dry-run');
    expect(local).toMatchObject({ code: 0, err: '' });
    const there = JSON.parse((await test(score, '--server')).out);
    const { plan, resources: asked } = JSON.parse(local.out);
    expect(plan).toEqual(
      there.plan.map(({ step, type, state, input }: any) => ({ step, type, state, input })),
    );
    expect(asked).toEqual(there.resources.map(({ id: _, message: __, ...each }: any) => each));
  });

  it.each([
    { what: 'a type that there is not', resources: '  g: {type: payment-gatway}' },
    { what: 'a parameter of another type', resources: '  g: {type: payment-gateway, params: {provider: 3}}' },
    { what: 'a circle', resources: '  g: {type: payment-gateway, params: {provider: "${resources.g.id}"}}' },
    { what: 'an output that there is not', resources: `${GATEWAY.replace('.bucket', '.buckt')}\n${STORE}` },
  ])('test-workflow refuses as the service does: $what', async ({ resources }) => {
    const text = scoreFile('shop', resources);
    const score = written('wrong.yaml', text);
    const body = { score: text, team: 'Lab' };
    const there = await stack.admin.post('/api/workflows/payments/begin/execute?dry_run=true', body);
    const { code, err } = await run('test-workflow', WORKFLOW, '--score', score, '--team', 'Lab');
    expect(code).toBe(2);
    expect([there.body.code, there.body.errors.length > 0]).toEqual(['score_invalid', true]);
    for (const { line, column, message } of there.body.errors.slice(0, 1)) {
      expect(err).toContain(`wrong.yaml:${line}:${column}: `);
      // the service knows types of other providers besides
      if (!message.startsWith('There are no resources')) expect(err).toContain(message);
    }
  });

  it('run tells what the file no longer has: before, when it is accepted, and at its end', async () => {
    const both = written('both.yaml', scoreFile('left', `${GATEWAY}\n${STORE}`));
    expect((await run('run', 'begin', both, '--team', 'Lab', '--wait')).code).toBe(0);
    const one = written('one.yaml', scoreFile('left', GATEWAY.replace('${resources.store.bucket}', 'x')));
    const [store] = JSON.parse((await run('list-resources', '--type', 'store', '-o', 'json')).out);
    const told = `No longer in the Score file:\n  store store: it is no longer in the Score file, and stays until somebody asks for DELETE /api/resources/${store.id}`;
    for (const more of [['--dry-run'], ['--param', 'replicas=0'], ['--param', 'replicas=0', '--wait']])
      expect((await run('run', 'begin', one, '--team', 'Lab', ...more)).out).toContain(told);
  });
});
