import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../scripts/child.mjs';
import { DemoBench, READY_MS, curl } from '../../support/demo.js';
import { S3, outcome } from '../../support/s3.js';

const LINUX = process.platform === 'linux';
const SLOW = 120_000;

(LINUX ? describe : describe.skip)('the first minutes with the demo', () => {
  let bench: DemoBench;

  beforeAll(async () => {
    bench = await DemoBench.make();
  }, READY_MS);
  afterEach(() => bench.clean());

  const s3 = ({ access_key: accessKey, secret_key: secretKey, endpoint }: any) =>
    new S3({ endpoint, accessKey, secretKey });

  it(
    'say what is done, show commands that work as they stand, and tokens; SIGTERM to npm ends all of it',
    async () => {
      const demo = await bench.npmStart().ready();
      const steps = [
        'DEMO: MINIO_ENDPOINT is not set',
        'Looking for MinIO',
        `Starting ${bench.env.MINIO_BINARY} on`,
      ];
      steps.push(
        'Starting the stand-in',
        `Starting the service on ${bench.url}`,
        'Seeding',
        'DEMO is ready.',
      );
      const places = steps.map((step) => demo.output.indexOf(step));
      expect(places).toEqual([...places].sort((left, right) => left - right));
      expect(places[0]).toBeGreaterThanOrEqual(0);
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
      for (const page of [/Swagger UI\s+(\S+)/, /MinIO console\s+(\S+)/]) {
        expect((await fetch(demo.printed(page))).status).toBe(200);
      }
      process.kill(demo.pid, 'SIGTERM');
      await demo.exit;
      await bench.nothingLeft();
    },
    SLOW,
  );

  it(
    'give tokens to everybody in the form that the pages use, and keep them in a file of their owner alone',
    async () => {
      const demo = await bench.start().ready();
      const { tokens, minio } = JSON.parse(readFileSync(join(bench.dataDir, 'demo.json'), 'utf8'));
      expect(Object.keys(tokens)).toEqual(['alice', 'bob', 'carol', 'dave', 'admin']);
      expect(demo.output).not.toContain(minio.secretKey);
      expect(statSync(join(bench.dataDir, 'demo.json')).mode & 0o777).toBe(0o600);
      for (const name of Object.keys(tokens)) {
        const variable = name === 'admin' ? 'ADMIN_TOKEN' : 'TOKEN';
        const line = demo.printed(new RegExp(`^ {2}(export ${variable}=.*# ${name}: .*)$`, 'm'));
        const address = demo.printed(/^ {2}(export MINIO_MANAGER_URL=.*)$/m);
        const ask = `curl -s -H "Authorization: Bearer $${variable}" $MINIO_MANAGER_URL/me`;
        expect(await curl(`${line}\n${address}\n${ask}`)).toMatchObject({
          user_name: name,
          admin: name === 'admin',
        });
      }
    },
    SLOW,
  );

  it(
    'are the same after a restart: keys, tokens, what was written and what somebody took away',
    async () => {
      const first = await bench.start().ready();
      expect(first.output).not.toContain('Seeding');
      const token = (run: typeof first) => run.printed(/export TOKEN=(demo-alice-\w+)/);
      const headers = { authorization: `Bearer ${token(first)}`, 'content-type': 'application/json' };
      const path = 's3a://cdm-lake/users-warehouse/alice/notes/';
      const unshare = { method: 'POST', headers, body: JSON.stringify({ path }) };
      expect((await fetch(`${bench.url}/users/alice/unshare`, unshare)).status).toBe(200);
      process.kill(first.pid, 'SIGINT');
      expect(await first.exit).toBe(0);
      const second = await bench.start().ready();
      expect(token(second)).toBe(token(first));
      const answer = await fetch(`${bench.url}/users/alice/shares`, { headers });
      const { items } = (await answer.json()) as any;
      expect(items.map((share: any) => share.path)).toEqual([path.replace('notes', 'reports')]);
      const alice = s3(await curl(second.command('/users/alice')));
      expect(await outcome(() => alice.get('cdm-lake', 'users-warehouse/alice/x'))).toBe('ok');
    },
    SLOW,
  );

  it(
    'a second start on the folder says where the demo runs, and harms nothing',
    async () => {
      const demo = await bench.start().ready();
      const ports = { PORT: String(await freePort()), DEMO_MINIO_PORT: '', DEMO_CONSOLE_PORT: '' };
      const second = bench.start(ports);
      expect(await second.exit).toBe(1);
      expect(second.output).toContain(
        `The demo already runs: ${bench.url}/docs (process ${demo.pid}, folder ${bench.dataDir}`,
      );
      expect(second.output).not.toContain('    at ');
      expect((await fetch(`${bench.url}/readyz`)).status).toBe(200);
      process.kill(demo.pid, 'SIGINT');
      expect(await demo.exit).toBe(0);
      await bench.nothingLeft();
    },
    SLOW,
  );
});
