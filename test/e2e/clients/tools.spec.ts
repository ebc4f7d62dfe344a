import { writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { PythonSession } from '../../support/clients/python-session.js';
import { pythonOfTests } from '../../support/clients/python-client.js';
import { ROOT } from '../../../scripts/node.mjs';
import { type Nginx, startFront } from '../../support/servers/nginx.js';
import { BUCKET, type Stack, START_MS, homeOf, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

/** Packages from PyPI, when they are not in the cache. */
const INSTALL_MS = 600_000;
const STEP_MS = 120_000;
const HOME = `${BUCKET}/${homeOf('alice')}`;
const THEIRS = `${BUCKET}/${homeOf('alice2')}`;
const NAMES = `
HOME, THEIRS, BUCKET = ${JSON.stringify([HOME, THEIRS, BUCKET]).slice(1, -1)}
KEY = HOME.removeprefix(BUCKET + "/")
`;

/** What each does at home, and how it tells that a neighbour's is not for it. */
const TOOLS: { tool: string; code: string; expected: unknown; neighbour: string; refusal: RegExp }[] = [
  {
    tool: 'boto3',
    code: `
import boto3, io
s3 = boto3.client("s3")
s3.put_object(Bucket=BUCKET, Key=KEY + "boto3/small", Body=b"hello")
s3.upload_fileobj(io.BytesIO(bytes(9_000_000)), BUCKET, KEY + "boto3/in-parts")
s3.copy_object(Bucket=BUCKET, Key=KEY + "boto3/copy", CopySource={"Bucket": BUCKET, "Key": KEY + "boto3/small"})
sizes = [item["Size"] for item in s3.list_objects_v2(Bucket=BUCKET, Prefix=KEY + "boto3/")["Contents"]]
result = [sizes, boto3.Session().get_credentials().method]
`,
    expected: [[5, 9_000_000, 5], 'container-role'],
    neighbour: `boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=KEY.removesuffix("/"))`,
    refusal: /AccessDenied/,
  },
  {
    tool: 's3fs',
    code: `
import s3fs
fs = s3fs.S3FileSystem()
fs.pipe(HOME + "s3fs/a/one", b"1")
fs.mv(HOME + "s3fs/a/one", HOME + "s3fs/a/two")
fs.makedirs(HOME + "s3fs/b", exist_ok=True)
names = lambda found: sorted(name.removeprefix(HOME) for name in found)
result = [fs.cat(HOME + "s3fs/a/two").decode(), names(fs.glob(HOME + "s3fs/*/*")), names(fs.find(HOME + "s3fs")),
          fs.exists(HOME.removesuffix("/")), fs.exists(HOME + "s3fs/none")]
`,
    expected: ['1', ['s3fs/a/two'], ['s3fs/a/two'], true, false],
    neighbour: `s3fs.S3FileSystem().cat(THEIRS + "plan.txt")`,
    refusal: /PermissionError/,
  },
  {
    tool: 'pandas',
    code: `
import pandas
frame = pandas.DataFrame({"a": [1, 2, 3]})
frame.to_parquet(f"s3://{HOME}pandas/rows.parquet")
frame.to_csv(f"s3://{HOME}pandas/rows.csv", index=False)
result = [pandas.read_parquet(f"s3://{HOME}pandas/rows.parquet")["a"].tolist(), len(pandas.read_csv(f"s3://{HOME}pandas/rows.csv"))]
`,
    expected: [[1, 2, 3], 3],
    neighbour: `pandas.read_csv(f"s3://{THEIRS}plan.txt")`,
    refusal: /PermissionError/,
  },
  {
    tool: 'pyarrow',
    code: `
import os, pyarrow, pyarrow.dataset, pyarrow.fs
lake = pyarrow.fs.S3FileSystem(endpoint_override=os.environ["AWS_ENDPOINT_URL_S3"], region="us-east-1")
table = pyarrow.table({"a": [1, 2, 3], "k": ["x", "y", "y"]})
pyarrow.dataset.write_dataset(table, HOME + "pyarrow/rows", format="parquet", filesystem=lake, partitioning=["k"])
count = pyarrow.dataset.dataset(HOME + "pyarrow/rows", filesystem=lake, partitioning=["k"]).count_rows()
lake.delete_dir(HOME + "pyarrow/rows/x")
result = [count, sorted(info.path.removeprefix(HOME) for info in lake.get_file_info(pyarrow.fs.FileSelector(HOME + "pyarrow/rows")))]
`,
    expected: [3, ['pyarrow/rows/y']],
    neighbour: `lake.open_input_stream(THEIRS + "plan.txt").read()`,
    refusal: /ACCESS_DENIED/,
  },
  {
    tool: 'polars',
    code: `
import polars
polars.DataFrame({"a": [1, 2]}).write_parquet(f"s3://{HOME}polars/one.parquet")
polars.DataFrame({"a": [3]}).write_parquet(f"s3://{HOME}polars/two.parquet")
result = polars.scan_parquet(f"s3://{HOME}polars/*.parquet").collect()["a"].sort().to_list()
`,
    expected: [1, 2, 3],
    neighbour: `polars.read_csv(f"s3://{THEIRS}plan.txt")`,
    refusal: /403|[Pp]ermission|denied/,
  },
  {
    tool: 'DuckDB, through s3fs',
    code: `
import duckdb, s3fs
lake = duckdb.connect()
lake.register_filesystem(s3fs.S3FileSystem())
lake.execute(f"copy (select range as a from range(4)) to 's3://{HOME}duckdb/rows.parquet' (format parquet)")
result = lake.execute(f"select count(*), max(a) from read_parquet('s3://{HOME}duckdb/*.parquet')").fetchone()
`,
    expected: [4, 3],
    neighbour: `lake.execute(f"select * from read_csv('s3://{THEIRS}plan.txt')")`,
    refusal: /PermissionError|Forbidden|Access/,
  },
  {
    tool: 'the AWS CLI',
    code: `
import os, subprocess
def aws(*words):
    done = subprocess.run(["aws", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout
os.makedirs("local/deep", exist_ok=True)
for name in ("local/one", "local/deep/two"):
    open(name, "w").write("x")
aws("s3", "sync", "local", f"s3://{HOME}cli/")
aws("s3", "rm", f"s3://{HOME}cli/one")
listed = [line.split()[-1].removeprefix(KEY) for line in aws("s3", "ls", "--recursive", f"s3://{HOME}cli/").splitlines()]
result = [listed, "container-role" in aws("configure", "list")]
`,
    expected: [['cli/deep/two'], true],
    neighbour: `aws("s3", "cp", f"s3://{THEIRS}plan.txt", "stolen")`,
    refusal: /403|Forbidden|AccessDenied/,
  },
];

describe('tools that ask for their credentials themselves', () => {
  let stack: Stack;
  /** Before MinIO. */
  let front: Pick<Nginx, 'endpoint' | 'stop'>;
  let python: string;
  let path: string;
  let session: PythonSession;

  beforeAll(async () => {
    [stack, python] = await Promise.all([startStack(), pythonOfTests()]);
    front = await startFront(stack.minio);
    path = [dirname(python), process.env.PATH].join(delimiter);
    await stack.person('alice2').post('/users/alice2');
    await stack.rootS3.put(BUCKET, `${homeOf('alice2')}plan.txt`, 'secret,plan\n1,2\n');
    const file = join(tempDir('token'), 'token');
    writeFileSync(file, stack.person('alice').token, { mode: 0o600 });
    session = new PythonSession(python, {
      PATH: path,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${stack.service.baseUrl}/credentials/aws`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
      AWS_ENDPOINT_URL_S3: front.endpoint,
      AWS_DEFAULT_REGION: 'us-east-1',
    });
    await session.run(NAMES);
  }, INSTALL_MS + START_MS);
  afterAll(async () => {
    await session?.stop();
    await front?.stop();
    await stack?.stop();
  });

  it.each(TOOLS)(
    '$tool: writes, lists and reads at home, and nowhere else',
    async ({ code, expected, neighbour, refusal }) => {
      expect(await session.run(code)).toEqual(expected);
      expect(await session.outcome(neighbour)).toMatch(refusal);
    },
    STEP_MS,
  );

  it(
    'work as docs/clients.md shows them',
    async () => {
      const reader = new PythonSession(python, { PATH: path, TOKEN: stack.person('alice').token });
      const places = {
        'http://127.0.0.1:8090': stack.service.baseUrl,
        'http://127.0.0.1:9000': front.endpoint,
      };
      const blocks = await reader.run(`
import json, os
from dataclasses import replace
from pathlib import Path
from docs_blocks import python_in, run_page, shell_in
shell = shell_in(Path.cwd(), {name: os.environ[name] for name in ("TOKEN", "HOME")})
def sh(block):
    """What it exports is there for the blocks of Python as well."""
    told = "python3 -c 'import json, os; print(json.dumps(dict(os.environ)))' > exported.json\\n"
    shell(replace(block, text=block.text + told))
    os.environ.update(json.loads(Path("exported.json").read_text()))
page = Path(${JSON.stringify(join(ROOT, 'docs', 'clients.md'))})
result = run_page(page, {"sh": sh, "python": python_in({})}, replace=${JSON.stringify(places)})
`);
      await reader.stop();
      expect(blocks).toBeGreaterThan(0);
    },
    STEP_MS,
  );
});
