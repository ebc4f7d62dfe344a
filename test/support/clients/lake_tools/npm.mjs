// What lake_tools does, with the packages of npm: `node npm.mjs HOME SHARED FORBIDDEN`. Credentials and endpoint come from the environment.
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Client, IamAwsProvider } from 'minio';

const { AWS_ENDPOINT_URL_S3: endpoint, AWS_ACCESS_KEY_ID: accessKey } = process.env;

/** The package minio, which reads no key from the environment, but knows the container endpoint. */
function minioJs() {
  const { hostname, port, protocol } = new URL(endpoint);
  const { AWS_SECRET_ACCESS_KEY: secretKey, AWS_SESSION_TOKEN: sessionToken } = process.env;
  const keys = accessKey
    ? { accessKey, secretKey, sessionToken }
    : { credentialsProvider: new IamAwsProvider({}) };
  const place = {
    endPoint: hostname,
    port: Number(port),
    useSSL: protocol === 'https:',
    region: 'us-east-1',
  };
  const client = new Client({ ...place, ...keys });
  return {
    put: (bucket, key, text) => client.putObject(bucket, key, text),
    list: async (bucket, prefix) => {
      const names = [];
      for await (const { name } of client.listObjectsV2(bucket, prefix)) names.push(name);
      return names;
    },
    get: async (bucket, key) => (await (await client.getObject(bucket, key)).toArray()).join(''),
  };
}

function awsSdk() {
  const client = new S3Client({ forcePathStyle: true });
  return {
    put: (Bucket, Key, Body) => client.send(new PutObjectCommand({ Bucket, Key, Body })),
    list: async (Bucket, Prefix) => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
      return Contents.map(({ Key }) => Key);
    },
    get: async (Bucket, Key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return Body.transformToString();
    },
  };
}

async function outcome(action) {
  try {
    return { value: (await action()) ?? null };
  } catch (error) {
    return { error: String(error) };
  }
}

/** @param {string} root a bucket and a prefix with a final slash */
const split = (root) => [root.slice(0, root.indexOf('/')), root.slice(root.indexOf('/') + 1)];

async function main([home, shared, forbidden]) {
  for (const [tool, make] of Object.entries({ 'minio-js': minioJs, 'aws-sdk-js': awsSdk })) {
    const client = make();
    const write = async ([bucket, prefix]) => void (await client.put(bucket, `${prefix}${tool}/rows`, '123'));
    const read = async ([bucket, prefix]) => {
      const names = await client.list(bucket, `${prefix}${tool}/`);
      return [names.length, await client.get(bucket, names[0])];
    };
    const steps = {
      wrote: await outcome(() => write(split(home))),
      home: await outcome(() => read(split(home))),
      shared: await outcome(() => read(split(shared))),
      forbidden: await outcome(() => read(split(forbidden))),
    };
    console.log(JSON.stringify({ tool, ...steps }));
  }
}

await main(process.argv.slice(2));
