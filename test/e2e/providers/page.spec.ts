import { join } from 'node:path';
import { ROOT } from '../../../scripts/node.mjs';
import { GitServer } from '../../support/servers/git-server.js';
import { blocksOf } from '../../support/walks/pages.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

const TOKEN = 'git-token-of-the-page';
const HOST = 'git.example.org';
const blocks = blocksOf(join(ROOT, 'docs/providers.md'));
const [registration = '', tokens = ''] = blocks.map(({ text }) => text);

describe('the page about providers', () => {
  const server = new GitServer();
  let stack: Stack;

  beforeAll(async () => {
    await server.start();
    server.token = TOKEN;
    server.repository('data/geo-services').commit({
      'providers/geo-services/provider.yaml': 'name: geo-services\nworkflows_dir: workflows\n',
      'providers/geo-services/workflows/make.yaml':
        'name: make\nsteps:\n  - {name: bucket, type: storage.bucket, with: {bucket: kbase-maps}}\n',
    });
    stack = await startStack({
      env: {
        ...{ ...NO_LIMITS, PROVIDERS_DIR: tempDir('none'), PROVIDER_GIT_HOSTS: server.host },
        PROVIDER_GIT_INSECURE: 'true',
        PROVIDER_GIT_TOKENS: tokens.replace(HOST, server.host).replace('…', TOKEN),
      },
    });
    stack.secrets.add('the token of the Git server', TOKEN);
    await stack.person('alice').get('/me');
    await stack.admin.post('/groups/KBase', { owners: ['alice'] });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await server.stop();
  });

  it('has a registration that an owner of the group sends, with a token that the page sets up', async () => {
    expect(blocks).toHaveLength(2);
    const body = {
      ...JSON.parse(registration.replace(`https://${HOST}`, `http://${server.host}`)),
      token_ref: JSON.parse(tokens)[0].name,
    };
    const { status, body: made } = await stack.person('alice').post('/api/admin/providers', body);
    expect([status, made.name, made.status, made.team]).toEqual([
      201,
      'KBase/geo-services',
      'ready',
      'KBase',
    ]);
  });
});
