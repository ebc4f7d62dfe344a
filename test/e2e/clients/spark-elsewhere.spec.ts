import { PythonSession } from '../../support/clients/python-session.js';
import { ShortSessions } from '../../support/clients/short-sessions.js';
import {
  type SparkSurroundings,
  argumentsOfJava,
  sparkSurroundings,
  startCluster,
} from '../../support/clients/spark.js';
import { type Call, type Proxy, startProxy } from '../../support/network/proxy.js';
import { pathOf } from '../../support/access/sharing.js';
import { type Stack, homeOf, startStack } from '../../support/service/stack.js';

/** Spark and its jars are fetched on the first run of a machine. */
const FETCH_MS = 900_000;
const STEP_MS = 240_000;
/** As in the suite of Spark in one process: Java is always due to ask again, and has another session a second later. */
const SHORT_SECONDS = 115;
const SHORT = { SESSION_REUSE_SECONDS: '1', RATE_LIMIT_CREDENTIALS: '0' };
const SESSION = expect.stringMatching(/^[A-Z0-9]{20}$/);

const home = pathOf(homeOf('alice'));
const start = (builder: string, options = '') => `
from minio_manager import notebook
from minio_manager.spark import accept_settings, configure
from pyspark.sql import SparkSession
spark = configure(SparkSession.builder${builder}${options}).getOrCreate()
`;
const write = (name: string) => `
spark.range(10).write.parquet("${home}${name}")
result = spark.read.parquet("${home}${name}").count()
`;

/** One Java for all of it, which a session leaves to the next one. */
describe('Spark with its server or its executors elsewhere', () => {
  let stack: Stack;
  let surroundings: SparkSurroundings;
  let short: ShortSessions;
  /** Between Spark and MinIO. */
  let s3: Proxy;
  let alice: PythonSession;
  let cluster: PythonSession | undefined;

  beforeAll(async () => {
    surroundings = await sparkSurroundings();
    stack = await startStack({ env: SHORT });
    s3 = await startProxy(stack.minio.endpoint);
    await stack.restart({ MINIO_PUBLIC_ENDPOINT: s3.endpoint });
    const { secrets } = stack;
    short = await ShortSessions.start({ service: () => stack.service, seconds: SHORT_SECONDS, secrets });
    for (const user of ['alice', 'bob']) await stack.person(user).post(`/users/${user}`);
    const env = { MINIO_MANAGER_URL: short.url, MINIO_MANAGER_TOKEN: stack.person('alice').token };
    alice = new PythonSession(surroundings.python, { ...surroundings.env, ...env });
  }, FETCH_MS);
  afterEach(() => {
    expect(stack.secrets.findIn('what Spark printed', alice.output)).toEqual([]);
    expect(stack.secrets.findIn('the arguments of Java', argumentsOfJava(surroundings))).toEqual([]);
    s3.reset();
  });
  afterAll(async () => {
    await alice?.stop();
    await cluster?.stop();
    await short?.stop();
    await s3?.stop();
    await stack?.stop();
    surroundings?.leave();
  });

  const keys = () => [...new Set(s3.calls.map(({ accessKey }) => accessKey))];

  describe('by Spark Connect', () => {
    beforeAll(() => alice.run(start('.remote("local[2]")')), STEP_MS);

    it(
      'reads and writes as whoever started the server',
      async () => {
        expect(await alice.run(write('connect/rows'))).toBe(10);
        const table = `
spark.sql("create database connected")
spark.range(3).write.saveAsTable("connected.numbers")
place = spark.sql("describe formatted connected.numbers").filter("col_name = 'Location'").first().data_type
result = [type(spark).__module__, place]
`;
        const place = `${home}connected.db/numbers`;
        expect(await alice.run(table)).toEqual(['pyspark.sql.connect.session', place]);
        expect(keys().filter((key = '') => !short.issued.includes(key))).toEqual([]);
        const theirs = pathOf(homeOf('bob'));
        expect(await alice.outcome(`spark.read.parquet("${theirs}rows").count()`)).toMatch(/AccessDenied/);
      },
      STEP_MS,
    );

    it('saves a frame, and shares it', async () => {
      const code = `
notebook.enable()
spark.range(2).lake.save("~/connect/saved").share(with_user="bob")
result = repr(notebook.who_can_read("~/connect/saved"))
`;
      expect(await alice.run(code)).toContain('bob');
    });

    it('answers nobody else on this machine', async () => {
      const stranger = `
import os
known = os.environ.pop("SPARK_CONNECT_AUTHENTICATE_TOKEN")
try:
    from pyspark.sql.connect.session import SparkSession as Remote
    Remote.builder.remote("sc://localhost/;user_id=eve").create().range(1).count()
finally:
    os.environ["SPARK_CONNECT_AUTHENTICATE_TOKEN"] = known
`;
      expect(await alice.outcome(stranger)).toMatch(/UNAUTHENTICATED/);
    });

    it('has its settings from configure() alone, which may be called again', async () => {
      expect(await alice.outcome('accept_settings(spark)')).toMatch(/^ConfigurationError: settings of a/);
      await alice.run(start('', ', credentials="pair"'));
      s3.reset();
      expect(await alice.run(write('connect/by-pair'))).toBe(10);
      expect(keys()).toEqual(['alice']);
    });
  });

  describe('on a cluster', () => {
    let master: string;
    beforeAll(async () => {
      cluster = new PythonSession(surroundings.python, surroundings.env);
      [master] = await Promise.all([startCluster(cluster), alice.run('spark.stop()')]);
    }, STEP_MS);
    /** Tasks write these objects, and nobody else. */
    const byExecutor = ({ method, path }: Call) => method === 'PUT' && path.includes('/part-');
    const onCluster = (told = '') =>
      start(`.master("${master}").config("spark.executor.memory", "512m")${told}`);

    it(
      'gives executors, which share nothing with this process, a session',
      async () => {
        await alice.run(onCluster());
        s3.reset();
        expect(await alice.run(write('cluster/by-session'))).toBe(10);
        expect(keys()).toEqual([SESSION]);
        expect(short.issued).not.toContain(keys()[0]);
      },
      STEP_MS,
    );

    it(
      'lets executors that know where fetch sessions themselves, one after the other',
      async () => {
        const variable = 'spark.executorEnv.AWS_CONTAINER_';
        const url = `.config("${variable}CREDENTIALS_FULL_URI", "${short.url}/credentials/aws")`;
        const file = `.config("${variable}AUTHORIZATION_TOKEN_FILE", os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])`;
        await alice.run('spark.stop()');
        await alice.run(`import os\n${onCluster(url + file)}`);
        s3.reset();
        const ended = (key = '') => short.issued.indexOf(key) < short.issued.length - 3;
        s3.fail((call) => byExecutor(call) && ended(call.accessKey), { answer: 403 });
        const first = short.issued.length;
        await alice.run(`
slow = "id + length(reflect('java.lang.Thread', 'sleep', 1000L)) as id"
spark.range(0, 6, 1, 6).selectExpr(slow).write.parquet("${home}cluster/long")
`);
        const last = s3.calls.filter(byExecutor).at(-1)?.accessKey ?? '';
        expect(short.issued.indexOf(last)).toBeGreaterThan(first + 3);
      },
      STEP_MS,
    );
  });
});
