import { waitFor } from '../../../scripts/child.mjs';
import { GitServer, SigningKey } from '../../support/servers/git-server.js';
import { Forge } from '../../support/servers/git-webhook.js';
import { problemOf } from '../../support/service/problems.js';
import type { Answer } from '../../support/service/service.js';
import { ArgumentWatch } from '../../support/service/secrets.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const SECRET = 'what-the-forge-and-we-know';
const TOKEN = 'git-token-of-the-suite';
const PATH = '/webhooks/git';
const filesOf = (name: string, version = '1.0.0') => ({
  'provider.yaml': `name: ${name}\nversion: ${version}\ndescription: Maps\nowner: geo\nworkflows_dir: workflows\n`,
  'workflows/make.yaml': `name: make
description: Creates a bucket
steps: [{name: bucket, type: storage.bucket, with: {bucket: maps}}]
`,
});

describe('a provider in Git, whose repository moves', () => {
  const server = new GitServer();
  let stack: Stack;
  let forge: Forge;
  const processes = new ArgumentWatch();

  beforeAll(async () => {
    const { host } = await server.start();
    server.token = TOKEN;
    forge = new Forge(server, SECRET);
    const tokens = JSON.stringify([{ name: 'forge', host, token: TOKEN }]);
    const git = { PROVIDER_GIT_HOSTS: host, PROVIDER_GIT_INSECURE: 'true', PROVIDER_GIT_TOKENS: tokens };
    stack = await startStack({ env: { ...NO_LIMITS, ...git, PROVIDER_WEBHOOK_SECRET: SECRET } });
    stack.secrets.add('the token of the Git server', TOKEN);
    stack.secrets.add('the secret of the webhook', SECRET);
  }, START_MS);
  afterAll(async () => {
    const known = stack?.secrets;
    await stack?.stop();
    await server.stop();
    expect([...processes.seen].some((line) => line.includes('dist/main.js'))).toBe(true);
    if (known) processes.stop(known);
  });
  beforeEach(() => server.requests.splice(0));

  /** A repository, and the provider that is loaded from it. */
  async function registered(name: string, more: object = {}) {
    const repository = server.repository(name);
    const commit = repository.commit(filesOf(name));
    const body = { name, git_url: server.urlOf(repository), token_ref: 'forge', ...more };
    expect((await stack.admin.post('/api/admin/providers', body)).status).toBe(201);
    server.requests.splice(0);
    return { repository, commit };
  }
  const shown = async (name: string) => (await stack.admin.get(`/api/providers/${name}`)).body;
  const becomes = (name: string, what: string, until: (provider: any) => boolean) =>
    waitFor(`${name}: ${what}`, async () => until(await shown(name)));
  const isAt = (commit: string) => (provider: any) => provider.source.commit === commit;
  const tell = (request: object, path = PATH): Promise<Answer> =>
    stack.service.request('POST', path, request);
  const reloads = async () =>
    (await stack.admin.get('/provisions?kind=provider.reload&limit=500')).body.items as any[];
  const loads = () => server.requests.filter((path) => path.includes('/info/refs')).length;
  const ACCEPTED = { status: 'accepted' };

  it('follows a signed delivery, once for all that come at once, and says who told it', async () => {
    const { repository } = await registered('maps');
    const second = repository.commit(filesOf('maps', '2.0.0'));
    const delivery = forge.signed(forge.push(repository));
    const answers = await Promise.all(Array.from({ length: 40 }, () => tell(delivery)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers[0]?.body).toEqual(ACCEPTED);
    await becomes('maps', 'the second commit', isAt(second));
    expect((await shown('maps')).version).toBe('2.0.0');
    expect([loads(), (await reloads()).length]).toEqual([1, 1]);
    const { items } = (await stack.admin.get('/admin/audit?action=provider.loaded')).body;
    expect(items).toMatchObject([{ actor: 'git-webhook', detail: { commit: second } }]);
  });

  it.each(['gitea', 'forgejo', 'gogs'] as const)('understands %s', async (as) => {
    const { repository } = await registered(`by-${as}`);
    const second = repository.commit(filesOf(`by-${as}`, '2.0.0'));
    expect((await tell(forge.signed(forge.push(repository), as))).body).toEqual(ACCEPTED);
    await becomes(`by-${as}`, 'the second commit', isAt(second));
  });

  it('understands GitLab, which sends the secret', async () => {
    const { repository } = await registered('by-gitlab');
    const second = repository.commit(filesOf('by-gitlab', '2.0.0'));
    const body = { ref: 'refs/heads/main', project: { git_http_url: server.urlOf(repository) } };
    const headers = { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': SECRET };
    expect((await tell({ body, headers })).body).toEqual(ACCEPTED);
    await becomes('by-gitlab', 'the second commit', isAt(second));
  });

  it('does not move for a delivery that is not signed, or not so', async () => {
    const { repository } = await registered('rivers');
    repository.commit(filesOf('rivers', '2.0.0'));
    const before = (await reloads()).length;
    const right = forge.signed(forge.push(repository));
    const wrong = [
      { body: right.body, headers: { 'content-type': 'application/json' } },
      { ...right, body: right.body.replace('main', 'mian') },
      forge.signed(forge.push(repository), 'github', `${SECRET}2`),
      forge.signed(forge.push(repository), 'gitea', ''),
      { ...right, headers: { ...right.headers, 'x-hub-signature-256': 'sha256=00' } },
      { body: right.body, headers: { 'content-type': 'application/json', 'x-gitlab-token': 'another' } },
    ];
    for (const each of wrong) expect(problemOf(await tell(each))).toEqual([401, 'unauthenticated']);
    expect([(await reloads()).length, server.requests]).toEqual([before, []]);
  });

  it('does not move for what concerns others', async () => {
    const { repository } = await registered('lakes', { ref: 'main' });
    const elsewhere = server.repository('elsewhere');
    const ping = forge.signed(forge.push(repository));
    ping.headers['x-github-event'] = 'ping';
    for (const each of [
      ping,
      forge.signed(forge.push(repository, 'refs/heads/other')),
      forge.signed(forge.push(elsewhere)),
      forge.signed({ zen: 'Keep it logically awesome.' }),
    ])
      expect((await tell(each)).body).toEqual({ status: 'ignored', reason: expect.any(String) });
    expect(server.requests).toEqual([]);
  });

  it('is told by a large delivery, up to a limit', async () => {
    const { repository } = await registered('seas');
    const second = repository.commit(filesOf('seas', '2.0.0'));
    const commits = (length: number) => ({ commits: 'x'.repeat(length) });
    const large = forge.signed({ ...forge.push(repository), ...commits(300_000) });
    expect((await tell(large)).body).toEqual(ACCEPTED);
    await becomes('seas', 'the second commit', isAt(second));
    expect(problemOf(await tell(forge.signed(commits(1_100_000))))).toEqual([413, 'payload_too_large']);
    const other = await stack.admin.post('/api/providers/validate', { files: commits(70_000) });
    expect(other.status).toBe(413);
  });

  it('keeps the version that it has: by its pin, for want of a signature, when a document is wrong', async () => {
    const pinned = server.repository('pinned');
    const pin = pinned.commit(filesOf('pinned'));
    const own = { name: 'pinned', git_url: server.urlOf(pinned), token_ref: 'forge', pin };
    await stack.admin.post('/api/admin/providers', own);
    const key = new SigningKey();
    const signed = server.repository('signed');
    const good = signed.commit(filesOf('signed'), { signedBy: key });
    const verify = { signers: [key.publicKey] };
    await stack.admin.post('/api/admin/providers', {
      ...{ name: 'signed', git_url: server.urlOf(signed), token_ref: 'forge', verify },
    });
    const { repository: broken, commit: valid } = await registered('broken');
    for (const each of [pinned, signed]) each.commit(filesOf('other'));
    broken.commit({ 'provider.yaml': 'name: [' });
    const told = await Promise.all(
      [pinned, signed, broken].map((each) => tell(forge.signed(forge.push(each)))),
    );
    expect(told.map(({ body }) => body.status)).toEqual(['ignored', 'accepted', 'accepted']);
    const isFailed = ({ status }: any) => status === 'failed';
    for (const name of ['signed', 'broken']) await becomes(name, 'its failure', isFailed);
    expect(await shown('pinned')).toMatchObject({ status: 'ready', source: { commit: pin } });
    const unsigned = { code: 'unprocessable', errors: [{ field: 'verify' }] };
    expect(await shown('signed')).toMatchObject({ error: unsigned, source: { commit: good } });
    const invalid = { code: 'provider_invalid', errors: [{ file: 'provider.yaml' }] };
    expect(await shown('broken')).toMatchObject({ error: invalid, source: { commit: valid } });
    expect((await shown('broken')).workflows).toHaveLength(1);
    // nobody is asked to redrive what only another commit mends
    expect((await stack.admin.get('/provisions/dead-letters')).body.items).toEqual([]);
  });

  it('is asked again while its server is away', async () => {
    const { repository } = await registered('clouds');
    const second = repository.commit(filesOf('clouds', '2.0.0'));
    await server.stop();
    await tell(forge.signed(forge.push(repository)));
    await becomes('clouds', 'its failure', ({ error }) => error?.code === 'git_error');
    await server.start();
    await becomes('clouds', 'the second commit', isAt(second));
    expect((await shown('clouds')).status).toBe('ready');
  });

  it('follows a schedule, if there is one; without a secret nobody tells it anything', async () => {
    await stack.restart({ PROVIDER_RELOAD_SECONDS: '2', PROVIDER_WEBHOOK_SECRET: '' });
    const { repository } = await registered('winds');
    const second = repository.commit(filesOf('winds', '2.0.0'));
    await becomes('winds', 'the second commit', isAt(second));
    const { items } = (await stack.admin.get('/admin/audit?action=provider.loaded')).body;
    expect(items[0]).toMatchObject({ actor: 'minio-manager', detail: { commit: second } });
    expect(problemOf(await tell(forge.signed(forge.push(repository))))).toEqual([404, 'not_found']);
    expect((await stack.admin.get('/api/admin/config')).body).toMatchObject({
      ...{ git_reload_seconds: 2, git_webhook: false },
    });
  });
});
