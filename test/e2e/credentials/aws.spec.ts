import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonWithBoto3, runPython } from '../../support/python/boto3.js';
import { outcome } from '../../support/access/s3.js';
import { BUCKET, type Caller, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

const PUT_AND_GET = `
import boto3, json
s3 = boto3.client("s3")
s3.put_object(Bucket="cdm-lake", Key="users-warehouse/alice/from-boto3", Body=b"hello")
body = s3.get_object(Bucket="cdm-lake", Key="users-warehouse/alice/from-boto3")["Body"].read().decode()
try:
    s3.list_objects_v2(Bucket="cdm-lake", Prefix="users-warehouse/bob/")
    neighbour = "listed"
except s3.exceptions.ClientError as error:
    neighbour = error.response["Error"]["Code"]
credentials = boto3.Session().get_credentials()
print(json.dumps({"body": body, "neighbour": neighbour, "method": credentials.method}))
`;

/** botocore refreshes 15 minutes before the end: the clock it looks at is put forward by 50 minutes. */
const REFRESH = `
import boto3, datetime, json
session = boto3.Session()
s3 = session.client("s3")
def put(name):
    s3.put_object(Bucket="cdm-lake", Key="users-warehouse/alice/" + name, Body=b"x")
    return session.get_credentials().get_frozen_credentials().access_key
keys = [put("a"), put("b")]
credentials = session.get_credentials()
clock = credentials._time_fetcher
credentials._time_fetcher = lambda: clock() + datetime.timedelta(minutes=50)
keys.append(put("c"))
print(json.dumps(keys))
`;

describe('credentials for AWS SDKs', () => {
  let stack: Stack;
  let alice: Caller;
  let python: string;

  beforeAll(async () => {
    [stack, python] = await Promise.all([
      startStack({ env: { RATE_LIMIT_CREDENTIALS: '0' } }),
      pythonWithBoto3(),
    ]);
    alice = stack.person('alice');
    await stack.person('bob').post('/users/bob');
  }, 400_000);
  afterAll(() => stack?.stop());

  const environment = (more: Record<string, string>): Record<string, string> => ({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${stack.service.baseUrl}/credentials/aws`,
    AWS_ENDPOINT_URL_S3: stack.minio.endpoint,
    AWS_DEFAULT_REGION: 'us-east-1',
    ...more,
  });
  const ask = async () => (await alice.get('/credentials/aws')).body;
  const works = ({ AccessKeyId, SecretAccessKey, Token }: Record<string, string>) =>
    outcome(() =>
      stack
        .s3({ access_key: AccessKeyId ?? '', secret_key: SecretAccessKey ?? '', session_token: Token })
        .list(BUCKET, 'users-warehouse/alice/'),
    );

  it('are found by boto3 through environment variables alone, at the first login already', async () => {
    const answer = await runPython(
      python,
      PUT_AND_GET,
      environment({ AWS_CONTAINER_AUTHORIZATION_TOKEN: alice.token }),
    );
    expect(answer).toEqual({ body: 'hello', neighbour: 'AccessDenied', method: 'container-role' });
  });

  it('are found with the token in a file, and with Bearer', async () => {
    const file = join(tempDir('token'), 'token');
    writeFileSync(file, `Bearer ${alice.token}`);
    const answer = await runPython(
      python,
      PUT_AND_GET,
      environment({ AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file }),
    );
    expect(answer.body).toBe('hello');
  });

  it(
    'are refreshed by boto3 itself',
    async () => {
      await stack.restart({ SESSION_REUSE_SECONDS: '0' });
      const env = environment({ AWS_CONTAINER_AUTHORIZATION_TOKEN: alice.token });
      const [first, second, third] = await runPython(python, REFRESH, env);
      expect(second).toBe(first);
      expect(third).not.toBe(first);
      await stack.restart({ SESSION_REUSE_SECONDS: '30' });
    },
    START_MS,
  );

  it('have the fields that SDKs read, last an hour and are never cached on the way', async () => {
    const { status, headers, body } = await alice.get('/credentials/aws');
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['AccessKeyId', 'Expiration', 'SecretAccessKey', 'Token']);
    expect(body.Expiration).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const minutes = (Date.parse(body.Expiration) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(59);
    expect(minutes).toBeLessThanOrEqual(60);
    expect(headers['cache-control']).toBe('no-store');
  });

  it('are one session for calls at the same time and shortly after, one more for another token', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    answers.push(await ask());
    expect(new Set(answers.map(({ AccessKeyId }) => AccessKeyId)).size).toBe(1);
    const other = 'ANOTHERTOKENOFALICE';
    stack.kbase.setToken(other, { user: 'alice' });
    const { body } = await stack.caller(other).get('/credentials/aws');
    expect(body.AccessKeyId).not.toBe(answers[0].AccessKeyId);
    expect(await works(body)).toBe('ok');
  });

  it('are not given again after all sessions were ended', async () => {
    const before = await ask();
    expect(await works(before)).toBe('ok');
    expect((await alice.delete('/users/alice/sessions')).status).toBe(204);
    expect(await works(before)).not.toBe('ok');
    const after = await ask();
    expect(after.AccessKeyId).not.toBe(before.AccessKeyId);
    expect(await works(after)).toBe('ok');
  });

  it('are refused to a disabled user at once, and given again later', async () => {
    await ask();
    await stack.admin.post('/admin/users/alice/disable');
    const refused = await alice.get('/credentials/aws');
    expect([refused.status, refused.body.code]).toEqual([403, 'user_disabled']);
    await stack.admin.post('/admin/users/alice/enable');
    expect(await works(await ask())).toBe('ok');
  });
});
