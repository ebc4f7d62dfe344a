import { PythonSession } from '../../support/clients/python-session.js';
import { ShortSessions } from '../../support/clients/short-sessions.js';
import { type SparkSurroundings, argumentsOfJava, sparkSurroundings } from '../../support/clients/spark.js';
import { type Nginx, startFront } from '../../support/servers/nginx.js';
import { type Proxy, startProxy } from '../../support/network/proxy.js';
import { pathOf, share, unshare } from '../../support/access/sharing.js';
import { BUCKET, type Stack, homeOf, startStack } from '../../support/service/stack.js';

/** Spark and its jars are fetched on the first run of a machine. */
const FETCH_MS = 900_000;
const STEP_MS = 240_000;
/**
 * Java asks again at a time that it draws, 15 to 2 minutes before the end that it is told: so here it is always due, and the service gives it the
 * same session for one second only.
 */
const SHORT_SECONDS = 115;
const SHORT = { SESSION_REUSE_SECONDS: '1', RATE_LIMIT_CREDENTIALS: '0' };

const home = (user: string) => pathOf(homeOf(user));
const start = (options: string) => `
from minio_manager.spark import configure
from pyspark.sql import SparkSession
spark = configure(SparkSession.builder, ${options}).getOrCreate()
`;
const writeAndRead = (name: string, user: string) => `
spark.range(10).write.parquet("${home(user)}${name}/rows")
spark.range(5).write.saveAsTable("${name}_table")
spark.sql("create database ${name}_base")
spark.range(3).write.saveAsTable("${name}_base.inner")
places = [spark.sql(f"describe formatted {table}").filter("col_name = 'Location'").first().data_type
          for table in ("${name}_table", "${name}_base.inner")]
result = [spark.read.parquet("${home(user)}${name}/rows").count(), spark.table("${name}_table").count(), places]
`;
const written = (name: string, user: string) => [
  10,
  5,
  [`${home(user)}${name}_table`, `${home(user)}${name}_base.db/inner`],
];
const settings = 'result = [key for key, _ in spark.sparkContext.getConf().getAll()]';

describe('Spark', () => {
  let stack: Stack;
  let surroundings: SparkSurroundings;
  let short: ShortSessions;
  /** Before MinIO. */
  let front: Pick<Nginx, 'endpoint' | 'stop'>;
  /** Between Spark and that. */
  let s3: Proxy;
  let python: PythonSession | undefined;

  beforeAll(async () => {
    surroundings = await sparkSurroundings();
    stack = await startStack({ env: SHORT });
    front = await startFront(stack.minio);
    s3 = await startProxy(front.endpoint);
    await stack.restart({ MINIO_PUBLIC_ENDPOINT: s3.endpoint });
    const { secrets } = stack;
    short = await ShortSessions.start({ service: () => stack.service, seconds: SHORT_SECONDS, secrets });
    for (const user of ['alice', 'alice2']) await stack.person(user).post(`/users/${user}`);
    await stack.rootS3.put(BUCKET, `${homeOf('alice2')}theirs/plan.txt`, 'secret plan');
  }, FETCH_MS);
  afterEach(() => {
    s3.reset();
    // what Spark prints never holds a secret, and tells why a test failed
    expect(stack.secrets.findIn('what Spark printed', python?.output ?? '')).toEqual([]);
  });
  afterAll(async () => {
    await python?.stop();
    await short?.stop();
    await s3?.stop();
    await front?.stop();
    await stack?.stop();
    surroundings?.leave();
  });

  /** One Java at a time. */
  async function becomes(user: string, url: string): Promise<PythonSession> {
    await python?.stop();
    const env = { MINIO_MANAGER_URL: url, MINIO_MANAGER_TOKEN: stack.person(user).token };
    python = new PythonSession(surroundings.python, { ...surroundings.env, ...env });
    return python;
  }

  /** Lines of a notebook, with a new pair; the one before stops. */
  async function linesOf(user: string): Promise<string> {
    const { access_key: key, secret_key: secret } = (await stack.person(user).post(`/users/${user}`)).body;
    return `
ACCESS_KEY, SECRET_KEY, USER = ${JSON.stringify([key, secret, user])}
spark.conf.set("spark.hadoop.fs.s3a.access.key", ACCESS_KEY)
spark.conf.set("spark.hadoop.fs.s3a.secret.key", SECRET_KEY)
spark.conf.set("spark.sql.warehouse.dir", f"s3a://cdm-lake/users-warehouse/{USER}/")
`;
  }

  describe('with keys', () => {
    let bob: PythonSession;
    beforeAll(async () => {
      bob = await becomes('bob', stack.service.baseUrl);
      await bob.run(start(`credentials="pair", warehouse="${home('bob')}elsewhere/"`));
    }, STEP_MS);

    it('takes the pair, which is not among the arguments of Java', async () => {
      await stack.person('bob').post('/users/bob', { rotate: false });
      const seen = argumentsOfJava(surroundings);
      expect(seen).toContain(`spark.hadoop.fs.s3a.endpoint=${s3.endpoint}`);
      expect(seen).not.toContain('secret.key');
      expect(stack.secrets.findIn('the arguments', seen)).toEqual([]);
    });

    it(
      'takes the pair and the home by spark.conf.set in a session that runs, after a rotation',
      async () => {
        const lines = await linesOf('bob');
        expect(await bob.outcome(`spark.range(1).write.parquet("${home('bob')}old-pair")`)).toMatch(/Denied/);
        await bob.run(lines);
        expect(await bob.run(writeAndRead('pair', 'bob'))).toEqual(written('pair', 'bob'));
      },
      STEP_MS,
    );

    it(
      'takes a session where Java has met the pair before, and the pair again after that',
      async () => {
        await bob.run('spark.stop()');
        await bob.run(start('credentials="session"'));
        const lines = await linesOf('bob');
        s3.reset();
        expect(await bob.run(writeAndRead('session', 'bob'))).toEqual(written('session', 'bob'));
        const keys = () => [...new Set(s3.calls.map(({ accessKey }) => accessKey))];
        expect(keys()).toEqual([expect.stringMatching(/^[A-Z0-9]{20}$/)]);
        await bob.run(lines);
        s3.reset();
        await bob.run(`spark.range(1).write.parquet("${home('bob')}pair-again")`);
        expect(keys()).toEqual(['bob']);
      },
      STEP_MS,
    );
  });

  describe('that fetches its credentials itself', () => {
    let alice: PythonSession;
    beforeAll(async () => {
      alice = await becomes('alice', short.url);
      await alice.run(start('event_log=True'));
    }, STEP_MS);

    it(
      'writes and reads below home, with nothing of them in its settings',
      async () => {
        expect(await alice.run(writeAndRead('fetched', 'alice'))).toEqual(written('fetched', 'alice'));
        const names: string[] = await alice.run(settings);
        expect(names).toContain('spark.hadoop.fs.s3a.endpoint');
        expect(names.filter((name) => /key|token|provider/.test(name))).toEqual([]);
      },
      STEP_MS,
    );

    it(
      'goes on with the next session when one ends in the middle of a job',
      async () => {
        const first = short.issued.length;
        const ended = (key = '') => short.issued.indexOf(key) < short.issued.length - 3;
        s3.reset();
        s3.fail(({ accessKey }) => ended(accessKey), { answer: 403 });
        await alice.run(`
slow = "id + length(reflect('java.lang.Thread', 'sleep', 1000L)) as id"
spark.range(0, 12, 1, 12).selectExpr(slow).write.parquet("${home('alice')}long")
`);
        expect(await alice.run(`result = spark.read.parquet("${home('alice')}long").count()`)).toBe(12);
        // whatever the job began with had ended before its last request
        const last = s3.calls.at(-1)?.accessKey ?? '';
        expect(short.issued.indexOf(last)).toBeGreaterThan(first + 3);
      },
      STEP_MS,
    );

    it.each([
      ['a sibling is read', `spark.read.text("${home('alice2')}theirs/plan.txt").count()`],
      ['a sibling is listed', `spark.read.text("${home('alice2')}").count()`],
      ['a sibling is written to', `spark.range(1).write.parquet("${home('alice2')}mine")`],
      ['all homes are listed', `spark.read.text("${pathOf('users-warehouse/')}").count()`],
    ])(
      'is refused when %s',
      async (_, code) => {
        expect(await alice.outcome(code)).toMatch(/AccessDenied/);
      },
      STEP_MS,
    );

    it(
      "reads another one's folder as soon as it is shared, and no longer when it is not",
      async () => {
        const path = `${home('bob')}pair/rows`;
        const count = `result = spark.read.parquet("${path}").count()`;
        expect(await alice.outcome(count)).toMatch(/AccessDenied/);
        expect((await share(stack, 'bob', { path, with_users: ['alice'] })).status).toBe(200);
        expect(await alice.run(count)).toBe(10);
        expect(await alice.outcome(`spark.range(1).write.mode("append").parquet("${path}")`)).toMatch(
          /AccessDenied/,
        );
        expect((await unshare(stack, 'bob', { path })).status).toBe(200);
        expect(await alice.outcome(count)).toMatch(/AccessDenied/);
      },
      STEP_MS,
    );

    it(
      'opens the root of a folder that is shared as such, which it asks for as if it were an object first',
      async () => {
        const path = `${home('bob')}pair/rows`;
        const count = `result = spark.read.parquet("${path}").count()`;
        const grant = { path: `${path}/`, with_users: ['alice'] };
        expect((await share(stack, 'bob', grant)).status).toBe(200);
        s3.reset();
        expect(await alice.run(count)).toBe(10);
        expect(s3.calls.map(({ method, path: asked }) => `${method} ${asked}`)).toContain(
          `HEAD /${path.slice('s3a://'.length)}`,
        );
        expect((await unshare(stack, 'bob', { path: `${path}/` })).status).toBe(200);
      },
      STEP_MS,
    );

    it(
      'makes databases and tables whose names start as a name prefix says, and no others',
      async () => {
        const grants = [{ path: pathOf('team/u_alice__*'), permission: 'write' }];
        expect((await stack.admin.post('/groups/Team', { members: ['alice'], grants })).status).toBe(201);
        const make = (name: string) => `
spark.sql("create database ${name} location '${pathOf(`team/${name}.db`)}'")
spark.range(4).write.saveAsTable("${name}.numbers")
spark.range(2).write.mode("append").insertInto("${name}.numbers")
result = [spark.table("${name}.numbers").count(),
          spark.sql("describe formatted ${name}.numbers").filter("col_name = 'Location'").first().data_type]
`;
        const table = pathOf('team/u_alice__sales.db/numbers');
        expect(await alice.run(make('u_alice__sales'))).toEqual([6, table]);
        expect(await alice.outcome(make('u_bob__sales'))).toMatch(/AccessDenied/);
        expect(await alice.run('spark.sql("drop database u_alice__sales cascade")\nresult = 1')).toBe(1);
        expect(await stack.rootS3.list(BUCKET, 'team/u_alice__sales.db/numbers/')).toEqual([]);
      },
      STEP_MS,
    );

    it(
      'leaves its event log at home',
      async () => {
        await alice.run('spark.stop()');
        const logs = await stack.rootS3.list(BUCKET, `${homeOf('alice')}spark-events/`);
        expect(logs).toContainEqual(expect.stringMatching(/\/events_1_local-\d+/));
      },
      STEP_MS,
    );

    it(
      'is started, used and changed as docs/spark.md shows it',
      async () => {
        const blocks = await alice.run(`
from pathlib import Path
from docs_blocks import python_in, run_page
result = run_page(Path("${process.cwd()}/docs/spark.md"), {"python": python_in({})})
`);
        expect(blocks).toBeGreaterThan(4);
        const keys = await stack.rootS3.list(BUCKET, homeOf('alice'));
        const folders = ['field.db/yields', 'crops/yields', 'crops/by-session', 'with_my_pair'];
        for (const folder of folders) expect(keys).toContain(`${homeOf('alice')}${folder}/_SUCCESS`);
      },
      STEP_MS,
    );
  });
});
