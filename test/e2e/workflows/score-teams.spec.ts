import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { GitServer } from '../../support/servers/git-server.js';
import { problemOf } from '../../support/service/problems.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { execute, writeProviders } from '../../support/workflows/runs.js';
import { SCORE_PROVIDERS, scoreFile } from '../../support/workflows/score-providers.js';

const manifest = (name: string, type: string) => `
name: ${name}
description: A provider of a team
version: 1.0.0
owner: ${name}@example.org
workflows_dir: workflows
resource_types:
  - {type: ${type}, operations: {create: make}}
`;
const MAKE = `
name: make
description: A bucket, and time for it
parameters: [{name: bucket, type: string, required: true}]
steps:
  - {name: bucket, type: storage.bucket, with: {bucket: "\${inputs.bucket}"}}
`;
const PAUSES = `${MAKE}  - {name: pause, type: wait, with: {seconds: 1}}\n`;
const POLICY = `
teams:
  Lab: {steps: [storage.*, assert]}
`;

describe('whose provider makes a resource, and what the policy says of it', () => {
  const server = new GitServer();
  let stack: Stack;

  beforeAll(async () => {
    const { host } = await server.start();
    const [providers, policy] = [tempDir('providers'), join(tempDir('policy'), 'policy.yaml')];
    writeProviders(providers, {
      ...SCORE_PROVIDERS,
      'slow/provider.yaml': manifest('slow', 'slow-store'),
      'slow/workflows/make.yaml': PAUSES,
    });
    writeFileSync(policy, POLICY);
    const git = { PROVIDER_GIT_HOSTS: host, PROVIDER_GIT_INSECURE: 'true' };
    const env = { ...NO_LIMITS, ...git, PROVIDERS_DIR: providers, WORKFLOW_POLICY_FILE: policy };
    stack = await startStack({ env });
    await makePeople(stack, ['alice']);
    for (const group of ['Lab', 'Few']) await stack.admin.post(`/groups/${group}`, { owners: ['alice'] });
    const own = { 'provider.yaml': manifest('own', 'rack'), 'workflows/make.yaml': MAKE };
    const tools = { 'provider.yaml': manifest('tools', 'shelf'), 'workflows/make.yaml': MAKE };
    await register('own', 'Lab', own);
    await register('tools', 'Few', tools);
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await server.stop();
  });

  async function register(name: string, team: string, files: Record<string, string>): Promise<void> {
    const repository = server.repository(name);
    repository.commit(files);
    const request = { name, team, git_url: server.urlOf(repository) };
    expect((await stack.admin.post('/api/admin/providers', request)).body).toMatchObject({
      name: `${team}/${name}`,
    });
  }
  const dry = (name: string, team: string, score?: string) =>
    execute(stack.person('alice'), name, {}, { score, team, query: '?dry_run=true' });
  const asks = (type: string, team: string) =>
    dry(
      'shop/prepare',
      team,
      scoreFile('teams', `  r: {type: ${type}, params: {bucket: ${team.toLowerCase()}-r}}`),
    );

  it('a team has the types of its own providers and of the platform, whoever asks', async () => {
    expect((await asks('rack', 'Lab')).body.resources).toMatchObject([{ provider: 'Lab/own' }]);
    expect((await asks('store', 'Lab')).body.resources).toMatchObject([{ provider: 'stores' }]);
    for (const [type, team] of [
      ['shelf', 'Lab'],
      ['rack', 'Few'],
    ] as const) {
      const refused = await asks(type, team);
      expect([problemOf(refused), refused.body.errors[0].message]).toMatchObject([
        [422, 'score_invalid'],
        expect.stringContaining(`no resources of the type \`${type}\``),
      ]);
    }
  });

  it('a step of a type must be allowed for the team of the run', async () => {
    const refused = await asks('slow-store', 'Lab');
    expect([problemOf(refused), refused.body.errors]).toEqual([
      [422, 'not_allowed_step'],
      [{ field: 'steps.resources.r/pause', rule: 'steps of the type wait are not allowed here' }],
    ]);
    expect((await asks('slow-store', 'Few')).status).toBe(200);
  });
});
