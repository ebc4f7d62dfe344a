import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import { hasServer } from '../../support/servers/postgres.js';
import { OPTIONAL_PARTS } from '../../support/walks/demo.js';
import { Terminal } from '../../support/walks/pages.js';
import { outcome, S3 } from '../../support/access/s3.js';
import { SecretFinder } from '../../support/service/secrets.js';
import { LEAST_POLICY } from '../../support/servers/openbao.js';
import type { Place } from './place.js';

/** A server that comes from PyPI, when it is not in the cache, on a busy machine. */
const INSTALL_MS = 900_000;
const ADDRESS = /^(https?|postgresql):\/\/\S*127\.0\.0\.1:\d+\S*, process \d+$/;

/** What onboard-dev-team needs is there. */
const isWhole = OPTIONAL_PARTS.every(({ isHere }) => isHere);
const TOKENS = [
  ...['postgres-password', 'openbao/service-token'],
  ...(isWhole
    ? ['gitea/service-token', 'gitea/keys.json', 'kubernetes/service-token', 'kubernetes/admin-token']
    : []),
];

/** What the demo prints for golden paths, and then docs/demo.md, as alice. Leaves the servers of `demo-time` to the end of the demo. */
export function goldenPaths(place: Place): void {
  let shell: Terminal;
  const data = (file: string) => join(place.bench.dataDir, file);

  beforeAll(() => {
    shell = new Terminal(place.clone, { TOKEN: place.token('alice') });
  });

  const status = async () => {
    const { code, said } = await shell.failure('npx minio-managerctl demo-status -o json 2>/dev/null');
    const { parts, next } = JSON.parse(said);
    const stateOf = (name: string) => parts.find(({ part }: any) => part === name);
    return { code, parts, next, stateOf, states: parts.map(({ state }: any) => state) };
  };
  const bob = async () => {
    const session = await place.ask('bob', '/users/bob/sessions', {});
    const { access_key: accessKey, secret_key: secretKey, session_token: sessionToken, endpoint } = session;
    return new S3({ endpoint, accessKey, secretKey, sessionToken });
  };

  it('the printed command works as it stands, to its end, and gives what it says', async () => {
    const line = place.demo.printed(/^ {2}(MINIO_MANAGER_URL=\S+ MINIO_MANAGER_TOKEN=demo-alice.*)$/m);
    expect(line).toContain('npx minio-managerctl run onboard-data-team');
    const said = await shell.run(line);
    expect(said).toMatch(/The run is completed\.\n[^]*status: +completed\n/);
    expect(await outcome(async () => (await bob()).put('kbase-field', 'data/x'))).toBe('ok');
    const [, run = ''] = /^run: +(\S+)$/m.exec(said) ?? [];
    await (await bob()).delete('kbase-field', 'data/x');
    const undo = line.replace(/ run .*/, ` undo ${run} --wait`);
    expect(await shell.run(undo)).toMatch(/status: +completed, taken back\n/);
  });

  it('before demo-time, its parts are down, each with what to do', async () => {
    const { code, stateOf, states } = await status();
    const here = [hasServer(), ...OPTIONAL_PARTS.map(({ isHere }) => isHere)].map((is) =>
      is ? 'down' : 'not there',
    );
    expect([code, states]).toEqual([1, ['up', 'up', 'down', ...here, 'up']]);
    for (const name of ['OpenBao', 'PostgreSQL', 'Gitea', 'Kubernetes'])
      expect(stateOf(name).detail).toContain('npx minio-managerctl demo-time');
  });

  (hasServer() ? it : it.skip)(
    'every block of demo.md, from top to bottom, is done',
    async () => {
      const blocks = place.page('docs/demo.md');
      const said: string[] = [];
      for (const [at, { language, text, line }] of blocks.entries()) {
        if (language !== 'sh' || (text.includes('onboard-dev-team') && !isWhole)) continue;
        const out = await shell.run(text).catch((error: any) => {
          throw new Error(`demo.md:${line}\n${text}\n${error.stdout}${error.stderr}`);
        });
        said.push(out);
        const shown = blocks[at + 1];
        if (shown?.language === 'text') expect(cells(out)).toEqual(cells(shown.text).map(asHere));
      }
      const [time, , run, secret, proof, dev] = said;
      expect(time).toMatch(
        /Providers are registered: container-team, database-team, repository-team, storage-team, vault-team\n/,
      );
      expect(time).toMatch(/run onboard-data-team .*--param db_name=/);
      expect(run).toMatch(/nothing was changed[^]*status: +completed\n/);
      expect(proof).toMatch(/still holds\.[^]*status: +completed, taken back\n/);
      if (isWhole) expect(dev).toMatch(/repository: +http[^]*status: +completed, taken back\n/);
      const { password } = JSON.parse(secret ?? '').data.data;
      const secrets = new SecretFinder();
      secrets.add('the password', password);
      for (const file of TOKENS) secrets.add(file, readFileSync(data(file), 'utf8'));
      const arguments_ = JSON.stringify(place.bench.processes());
      const shownAll = [time, run, proof, place.demo.output, arguments_].join('\n');
      expect(secrets.findIn('what was said and started', shownAll)).toEqual([]);
      const policy = readFileSync(join(place.clone, 'scripts/demo/time/vault-policy.hcl'), 'utf8');
      expect(policy.startsWith(LEAST_POLICY)).toBe(true);
      for (const file of ['targets.json', ...TOKENS, 'openbao/keys.json'])
        expect([file, statSync(data(file)).mode & 0o777]).toEqual([file, 0o600]);
    },
    INSTALL_MS,
  );

  (hasServer() ? it : it.skip)('to ask again changes nothing, and brings up what has ended', async () => {
    const before = await status();
    await shell.run('npx minio-managerctl demo-time');
    const again = await status();
    expect([again.code, again.parts]).toEqual([0, before.parts]);
    process.kill(again.stateOf('OpenBao').pid, 'SIGKILL');
    await waitFor('the end of OpenBao', async () => (await status()).code === 1);
    expect((await status()).stateOf('OpenBao')).toMatchObject({
      state: 'down',
      detail: expect.stringMatching(/^it has ended\. /),
    });
    expect(await shell.run('npx minio-managerctl demo-time')).toContain('PostgreSQL was up already');
    const after = await status();
    expect([after.code, after.stateOf('the service').pid]).toEqual([0, before.stateOf('the service').pid]);
  });
}

/** Where a part is differs each time. */
function cells(table: string): string[][] {
  return table
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/).map((cell) => (ADDRESS.test(cell) ? 'somewhere' : cell)));
}

/** The row of a part that this machine lacks. */
function asHere(row: string[]): unknown[] {
  const lacks = OPTIONAL_PARTS.some(({ name, isHere }) => name === row[0] && !isHere);
  return lacks ? [row[0], 'not there', expect.stringContaining('node scripts/servers/')] : row;
}
