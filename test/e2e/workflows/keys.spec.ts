import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LEAST_POLICY, type OpenBao, startOpenBao } from '../../support/servers/openbao.js';
import { problemOf } from '../../support/service/problems.js';
import { outcome } from '../../support/access/s3.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { secretFile } from '../../support/workflows/steps.js';
import { tempDir } from '../../support/service/temp.js';
import { acceptedRun, endOf, execute, runWhen, writeProviders } from '../../support/workflows/runs.js';

const step = (deliver: string) => `
steps:
  - name: key
    type: storage.key
    with:
      user_name: \${inputs.user}
      name: \${inputs.user}
      deliver: ${deliver}
`;
const head = (name: string) => `
name: ${name}
description: A key
parameters:
  - {name: user, type: string, required: true}
  - {name: to, type: string, default: nobody}
`;
const PROVIDERS = {
  'keys/provider.yaml': `
name: keys
version: 1.0.0
description: Keys
workflows_dir: workflows
`,
  'keys/workflows/vault.yaml': head('vault') + step('{vault: {path: "teams/keys/${inputs.user}"}}'),
  'keys/workflows/claim.yaml': head('claim') + step('{claim: {to: "${inputs.to}"}}'),
  'keys/workflows/brief.yaml': head('brief') + step('{claim: {to: "${inputs.to}", expires_in_seconds: 60}}'),
};

describe('a key that a step makes', () => {
  let stack: Stack;
  let bao: OpenBao;

  beforeAll(async () => {
    bao = await startOpenBao();
    const [providers, targets] = [tempDir('providers'), join(tempDir('targets'), 'targets.json')];
    writeProviders(providers, PROVIDERS);
    const token = secretFile(await bao.tokenWith(LEAST_POLICY));
    const vault = { name: 'main', kind: 'vault', address: bao.address, token_file: token, teams: 'all' };
    writeFileSync(targets, JSON.stringify({ targets: [vault] }));
    const env = { PROVIDERS_DIR: providers, TARGETS_FILE: targets, LOG_LEVEL: 'trace' };
    // on PostgreSQL, whose rows a test changes past the service
    stack = await startStack({ env: { ...NO_LIMITS, ...env }, embedded: false });
    await makePeople(stack, ['alice', 'bob', 'carol']);
    await stack.admin.post('/groups/Lab', {});
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await bao?.stop();
  });

  const accepted = async (name: string, parameters: object) =>
    acceptedRun(await execute(stack.admin, `keys/${name}`, parameters, { team: 'Lab' }));
  const carriedOut = async (name: string, parameters: object) =>
    endOf(stack.admin, await accepted(name, parameters));
  const undone = async (run: { id: string }) => {
    await stack.admin.post(`/api/workflows/${run.id}/undo`);
    const end = await runWhen(stack.admin, run, 'undone', ({ undone_at }) => undone_at !== null);
    return end.steps[0].operations.map(({ action, status, message }: any) =>
      [action, status, ...(message ? [`(${message})`] : [])].join(' '),
    );
  };
  const keysOf = async (user: string): Promise<string[]> =>
    (await stack.admin.get(`/users/${user}/access-keys`)).body.items.map((each: any) => each.access_key);
  const works = (user: string, key: { access_key: string; secret_key: string }) =>
    outcome(() => stack.s3(key).list(BUCKET, homeOf(user)));
  const sqlOf = async (text: string) => expect(await runSql(stack.env, [text])).toEqual([{ rows: [] }]);
  const claimOf = (run: any): { path: string } => run.steps[0].outputs.delivered.claim;

  it('whose delivery failed is ended, and the next attempt delivers another one, which is the only one', async () => {
    await bao.seal();
    const run = await accepted('vault', { user: 'alice' });
    const hasFailed = ({ steps: [each] }: any) => each.error !== null;
    const waiting = await runWhen(stack.admin, run, 'a failed delivery', hasFailed);
    expect([waiting.steps[0].error_code, await keysOf('alice')]).toEqual(['target_unavailable', []]);
    await bao.unseal();
    const end = await endOf(stack.admin, run);
    const secret = (await bao.secret('teams/keys/alice')) as any;
    stack.secrets.add('the key of alice', secret.secret_key);
    expect([end.status, end.steps[0].outputs]).toEqual([
      'completed',
      {
        access_key: secret.access_key,
        expires_at: expect.any(String),
        delivered: { vault: expect.objectContaining({ path: 'teams/keys/alice', version: 1 }) },
      },
    ]);
    expect(await keysOf('alice')).toEqual([secret.access_key]);
    expect(await works('alice', secret)).toBe('ok');
    expect(JSON.stringify(end)).not.toContain(secret.secret_key);

    expect(await undone(end)).toEqual(['remove done', 'remove done']);
    expect([await keysOf('alice'), await bao.secret('teams/keys/alice')]).toEqual([[], undefined]);
  });

  it('when the service dies before its delivery is ended by the next attempt', async () => {
    await bao.seal();
    const run = await accepted('vault', { user: 'bob' });
    await runWhen(stack.admin, run, 'a failed delivery', ({ steps: [each] }: any) => each.error !== null);
    await stack.service.kill();
    // as if it had died after the key was made, whose name it had saved before
    await stack.root.accessKeys.add({
      ...{ targetUser: 'bob', accessKey: 'A'.repeat(20), secretKey: 'b'.repeat(40), name: 'bob' },
      expiration: new Date(Date.now() + 3_600_000),
    });
    const saved = {
      entitlement: { type: 'access_key', user_name: 'bob', name: 'bob', id: 'A'.repeat(20) },
      ...{ action: 'create', status: 'done' },
    };
    await sqlOf(
      `update provision set result = '${JSON.stringify({ operations: [saved] })}' where kind = 'key' and subject = 'user:bob'`,
    );
    await bao.unseal();
    await stack.startService();
    const end = await endOf(stack.admin, run);
    expect([end.status, await keysOf('bob')]).toEqual(['completed', [end.steps[0].outputs.access_key]]);
    expect(end.steps[0].outputs.access_key).not.toBe('A'.repeat(20));
  });

  it('is claimed once by the person it is for; an undo ends it', async () => {
    const run = await carriedOut('claim', { user: 'bob', to: 'carol' });
    const { path } = claimOf(run);
    expect((await stack.person('bob').post(path)).status).toBe(404);
    const before = await keysOf('bob');
    const { status, body } = await stack.person('carol').post(path);
    expect([status, await works('bob', body)]).toEqual([201, 'ok']);
    expect(problemOf(await stack.person('carol').post(path))).toEqual([410, 'claimed']);
    expect(await undone(run)).toEqual(['remove done']);
    expect(await keysOf('bob')).toEqual(before);
  });

  it('that nobody has claimed cannot be claimed after an undo, nor when its time is over', async () => {
    const run = await carriedOut('claim', { user: 'carol', to: 'carol' });
    expect(await undone(run)).toEqual(['remove done (nobody had claimed it)']);
    expect(problemOf(await stack.person('carol').post(claimOf(run).path))).toEqual([410, 'claimed']);
    const brief = await carriedOut('brief', { user: 'carol', to: 'carol' });
    const id = brief.steps[0].provision_id;
    await sqlOf(`update provision set provisioned_at = provisioned_at - interval '61 s' where id = '${id}'`);
    expect(problemOf(await stack.person('carol').post(claimOf(brief).path))).toEqual([409, 'not_possible']);
    expect(await keysOf('carol')).toEqual([]);
  });

  it('is for a user who exists', async () => {
    const answer = await execute(stack.admin, 'keys/vault', { user: 'nobody-here' }, { team: 'Lab' });
    expect(problemOf(answer)).toEqual([422, 'unknown_user']);
    expect((await stack.admin.get('/users/nobody-here')).status).toBe(404);
  });
});
