import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../scripts/child.mjs';
import { curl } from '../../support/walks/demo.js';
import { Terminal } from '../../support/walks/pages.js';
import { hasServer } from '../../support/servers/postgres.js';
import { S3, outcome } from '../../support/access/s3.js';
import type { Place } from './place.js';

const s3 = ({ access_key: accessKey, secret_key: secretKey, endpoint }: any) =>
  new S3({ endpoint, accessKey, secretKey });

/** What `npm start` prints, and what README.md says to do with it. */
export function firstMinutes(place: Place): void {
  it('npm start says what it does, in order, from MinIO to the seed', () => {
    const { demo, bench, url } = place;
    const steps = ['DEMO: MINIO_ENDPOINT is not set', 'Looking for MinIO'];
    steps.push(
      `Starting ${bench.env.MINIO_BINARY} on`,
      'Starting the stand-in',
      `Starting the service on ${url}`,
    );
    steps.push('Seeding', 'DEMO is ready.');
    const places = steps.map((step) => demo.output.indexOf(step));
    expect(places).toEqual([...places].sort((left, right) => left - right));
    expect(places[0]).toBeGreaterThanOrEqual(0);
    expect(demo.output).not.toMatch(/^ +at |warn|ERROR/im);
  });

  it('the commands that it prints work as they stand', async () => {
    const { demo } = place;
    const pair = await curl(demo.command('/users/alice'));
    expect(pair).toMatchObject({ user_name: 'alice', access_key: 'alice', created: false });
    expect(pair.endpoint).toBe(demo.printed(/MinIO {10}(http\S+)/));
    const alice = s3(pair);
    expect(await outcome(() => alice.put('cdm-lake', 'users-warehouse/alice/x'))).toBe('ok');
    expect(await outcome(() => alice.put('cdm-lake', 'users-warehouse/bob/x'))).toBe('AccessDenied');
    expect((await curl(demo.command('/alice/sessions'))).session_token).toEqual(expect.any(String));
    const { principals } = await curl(demo.command('/alice/reports/'));
    expect(principals.map(({ name }: any) => name).sort()).toEqual(['KBase', 'alice']);
    expect((await curl(demo.command('state=open'))).items).toMatchObject([
      { requester: 'bob', group: 'CDM_Science', approvers: ['dave'] },
    ]);
    expect(['ok', 'warning', 'failed']).toContain((await curl(demo.command('/admin/doctor'))).verdict);
    for (const page of [/Swagger UI\s+(\S+)/, /MinIO console\s+(\S+)/])
      expect((await fetch(demo.printed(page))).status).toBe(200);
  });

  it('everybody gets a token in the form that the pages use; a file of the owner alone keeps them', async () => {
    const { demo, bench, url } = place;
    const file = join(bench.dataDir, 'demo.json');
    const { tokens, minio } = JSON.parse(readFileSync(file, 'utf8'));
    expect(Object.keys(tokens)).toEqual(['alice', 'bob', 'carol', 'dave', 'admin']);
    expect(demo.output).not.toContain(minio.secretKey);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const address = demo.printed(/^ {2}(export MINIO_MANAGER_URL=.*)$/m);
    expect(address).toContain(url);
    for (const name of Object.keys(tokens)) {
      const variable = name === 'admin' ? 'ADMIN_TOKEN' : 'TOKEN';
      const line = demo.printed(new RegExp(`^ {2}(export ${variable}=.*# ${name}: .*)$`, 'm'));
      const ask = `curl -s -H "Authorization: Bearer $${variable}" $MINIO_MANAGER_URL/me`;
      expect(await curl(`${line}\n${address}\n${ask}`)).toMatchObject({
        user_name: name,
        admin: name === 'admin',
      });
    }
  });

  it('the first request of README.md gives what README.md shows', async () => {
    const block = place.page('README.md').find(({ text }) => text.includes('export TOKEN='))?.text ?? '';
    const [, commands = '', comment = ''] = /^(.*?)(# \{.*)$/s.exec(block) ?? [];
    const shell = new Terminal(place.clone, {});
    const answer = JSON.parse(await shell.run(commands.replace('demo-alice-...', place.token('alice'))));
    const shown = JSON.parse(comment.replaceAll(/^# */gm, '').replace(', ...}', '}'));
    const { endpoint } = answer;
    expect(answer).toMatchObject({ ...shown, endpoint, secret_key: expect.any(String) });
  });

  it('a second start on the folder says where the demo runs, and harms nothing', async () => {
    const { bench, url } = place;
    const ports = { PORT: String(await freePort()), DEMO_MINIO_PORT: '', DEMO_CONSOLE_PORT: '' };
    const second = bench.npmStartOfPeople(ports);
    expect(await second.exit).toBe(1);
    expect(second.output).toContain(`The demo already runs: ${url}/docs (process `);
    expect(second.output).toContain('Ctrl-C where it was started stops it.');
    expect(second.output).not.toContain('    at ');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });
}

/** What a person does who has seen enough. */
export function lastMinutes(place: Place): void {
  it('SIGTERM to npm ends all of it', async () => {
    const { stdout } = await promisify(execFile)(
      'sh',
      ['-c', 'npx minio-managerctl demo-status -o json || true'],
      {
        cwd: place.clone,
        env: { ...place.bench.env },
      },
    );
    const { parts } = JSON.parse(stdout);
    const wanted = ['the service', 'MinIO', ...(hasServer() ? ['OpenBao', 'PostgreSQL'] : [])];
    const processes = parts.filter(({ pid }: any) => pid).map(({ part }: any) => part);
    // others, where they were built
    expect(processes).toEqual(expect.arrayContaining(wanted));
    process.kill(place.demo.pid, 'SIGTERM');
    await place.demo.exit;
    await place.bench.nothingLeft();
    await place.bench.ended(parts);
  });
}
