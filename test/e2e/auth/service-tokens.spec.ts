import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, findNode } from '../../../scripts/node.mjs';
import { problemOf } from '../../support/service/problems.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

const SCRIPT = join(ROOT, 'scripts', 'token.mjs');
const TOKEN = /^svc_[0-9a-f]{48}$/;
const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');

/** Runs `npm run token -- ...args`, without the build before it. */
async function make(args: string[], env: Record<string, string> = {}) {
  const child = spawn(findNode(), [SCRIPT, ...args], { env: { PATH: process.env.PATH ?? '', ...env } });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out: said.out.trimEnd(), err: said.err };
}

/** The value that the service is to get, as it is printed. */
const valueIn = (text: string) => /^export SERVICE_TOKENS='(.*)'$/m.exec(text)?.[1] ?? '';

describe('npm run token', () => {
  let stack: Stack;
  const present = JSON.stringify([{ name: 'old', sha256: sha256('svc_old'), scopes: ['admin'] }]);

  beforeAll(async () => {
    stack = await startStack();
  }, START_MS);
  afterAll(() => stack?.stop());

  it('makes a token that the service takes, for its scopes only', async () => {
    const { code, out, err } = await make(['hub', '--scope', 'credentials']);
    expect([code, out]).toEqual([0, expect.stringMatching(TOKEN)]);
    expect(err).not.toContain(out);
    expect(JSON.parse(valueIn(err))).toEqual([{ name: 'hub', sha256: sha256(out), scopes: ['credentials'] }]);
    await stack.restart({ SERVICE_TOKENS: valueIn(err) });
    const hub = stack.caller(out);
    expect((await hub.get('/me')).body).toMatchObject({ kind: 'service', scopes: ['credentials'] });
    expect((await hub.post('/users/alice', { rotate: false })).status).toBe(201);
    expect(problemOf(await hub.get('/admin/users'))).toEqual([403, 'forbidden']);
  });

  it('keeps the tokens that are there, in the variable or in its file', async () => {
    const two = await make(['portal', '--scope', 'provision', '--scope', 'credentials'], {
      SERVICE_TOKENS: present,
    });
    expect(JSON.parse(valueIn(two.err))).toEqual([
      ...JSON.parse(present),
      { name: 'portal', sha256: sha256(two.out), scopes: ['provision', 'credentials'] },
    ]);
    const file = join(tempDir('tokens'), 'tokens.json');
    writeFileSync(file, `${present}\n`);
    const next = await make(['portal', '--scope', 'provision'], { SERVICE_TOKENS_FILE: file });
    expect(next.err).toContain(`the new content of ${file} (SERVICE_TOKENS_FILE)`);
    expect(JSON.parse(next.err.split('\n').find((line) => line.startsWith('[')) ?? '')).toHaveLength(2);
    expect(readFileSync(file, 'utf8')).toBe(`${present}\n`);
  });

  it('with --out keeps the token in a file of its owner alone, and prints what is no secret', async () => {
    const file = join(tempDir('tokens'), 'hub.token');
    const { code, out, err } = await make(['hub', '--scope', 'admin', '--out', file]);
    const token = readFileSync(file, 'utf8');
    expect([code, token]).toEqual([0, expect.stringMatching(TOKEN)]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(out + err).not.toContain(token);
    expect(JSON.parse(out)).toEqual([{ name: 'hub', sha256: sha256(token), scopes: ['admin'] }]);
    const again = await make(['hub', '--scope', 'admin', '--out', file]);
    expect([again.code, again.err]).toEqual([1, `${file} is there already: choose another file\n`]);
    expect(readFileSync(file, 'utf8')).toBe(token);
  });

  it.each<[string[], Record<string, string>, string]>([
    [['hub'], {}, 'usage: npm run token'],
    [['--scope', 'admin'], {}, 'usage: npm run token'],
    [['hub', 'other', '--scope', 'admin'], {}, 'usage: npm run token'],
    [['hub', '--scopes', 'admin'], {}, 'usage: npm run token'],
    [
      ['hub', '--scope', 'everything'],
      {},
      'scopes must be some of credentials, provision, workflows, scim, admin',
    ],
    [['-', '--scope', 'admin'], {}, 'name must be 1 to 64'],
    [['a hub', '--scope', 'admin'], {}, 'name must be 1 to 64'],
    [['old', '--scope', 'admin'], { SERVICE_TOKENS: present }, 'has two tokens with the same name'],
    [
      ['hub', '--scope', 'admin'],
      { SERVICE_TOKENS: '[{"name":"old"}]' },
      'SERVICE_TOKENS of this environment token 1: sha256 must be 64 hex digits',
    ],
    [
      ['hub', '--scope', 'admin'],
      { SERVICE_TOKENS_FILE: '/nowhere' },
      'SERVICE_TOKENS_FILE must name a readable',
    ],
  ])('refuses %j with %j by the rules of the service, and makes nothing', async (args, env, rule) => {
    const file = join(tempDir('tokens'), 'none');
    const { code, out, err } = await make([...args, '--out', file], env);
    expect([code, out, existsSync(file)]).toEqual([1, '', false]);
    expect(err).toContain(rule);
    expect(err).not.toContain('    at ');
  });
});
