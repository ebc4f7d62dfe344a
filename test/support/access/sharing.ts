import { type S3, outcome } from './s3.js';
import { BUCKET, homeOf, type Stack } from '../service/stack.js';

/** A key of the lake as the API is told it. */
export const pathOf = (key: string): string => `s3a://${BUCKET}/${key}`;

/** No limits: a suite of sharing makes more requests in a minute than a person. */
export const NO_LIMITS = { RATE_LIMIT_WRITES: '0', RATE_LIMIT_CREDENTIALS: '0', RATE_LIMIT_WEBHOOKS: '0' };

/** An S3 client with a new session of somebody, who may be new. */
export async function sessionOf(stack: Stack, name: string): Promise<S3> {
  const { body } = await stack.person(name).post(`/users/${name}/sessions`);
  return stack.s3(body);
}

/** Shares something of somebody's own. */
export function share(stack: Stack, owner: string, body: object, query = '') {
  return stack.person(owner).post(`/users/${owner}/share${query}`, body);
}

/** So many at once: they wait for the same writes to MinIO, which takes a fraction of what one after the other takes. */
const AT_ONCE = 20;

/** Shares many folders of somebody's own with the same people. */
export async function shareEach(stack: Stack, owner: string, folders: string[], whom: object): Promise<void> {
  for (let from = 0; from < folders.length; from += AT_ONCE) {
    const some = folders.slice(from, from + AT_ONCE);
    const answers = await Promise.all(
      some.map((folder) => share(stack, owner, { path: pathOf(folder), ...whom })),
    );
    const refused = answers.find(({ status }) => status !== 200);
    if (refused) throw new Error(`sharing: ${refused.status} ${JSON.stringify(refused.body)}`);
  }
}

/** Ends a share of somebody's own. */
export function unshare(stack: Stack, owner: string, body: object, query = '') {
  return stack.person(owner).post(`/users/${owner}/unshare${query}`, body);
}

/** Whether the client reads an object that is there. */
export function reads(client: S3, key: string): Promise<string> {
  return outcome(() => client.get(BUCKET, key));
}

/** Whether the client writes the object. */
export function writes(client: S3, key: string): Promise<string> {
  return outcome(() => client.put(BUCKET, key, 'x'));
}

/** Whether the client lists what is below a prefix. */
export function lists(client: S3, prefix: string): Promise<string> {
  return outcome(() => client.list(BUCKET, prefix));
}

/** All that somebody may do below a folder where the object `there` is; what is written is `made`, and it goes again. */
export async function rights(client: S3, folder: string): Promise<Record<string, string>> {
  const made = `${folder}made`;
  const parts = [new Uint8Array([1])];
  return {
    list: await lists(client, folder),
    read: await reads(client, `${folder}there`),
    write: await writes(client, made),
    multipart: await outcome(() => client.multipart(BUCKET, `${folder}parts`, parts)),
    abort: await outcome(() => client.multipart(BUCKET, `${folder}aborted`, parts, 'abort')),
    delete: await outcome(() => client.delete(BUCKET, made)),
  };
}

/** The same answer to all that `rights` asks. */
export function all(answer: string): Record<string, string> {
  return Object.fromEntries(
    ['list', 'read', 'write', 'multipart', 'abort', 'delete'].map((right) => [right, answer]),
  );
}

export const READ_ONLY = { ...all('AccessDenied'), list: 'ok', read: 'ok' };

/** Makes users, each with the object `{folder}there` in its home. */
export async function makePeople(stack: Stack, names: string[], folder = 'reports/'): Promise<void> {
  for (const name of names) {
    const { status, body } = await stack.person(name).post(`/users/${name}`);
    if (status >= 300) throw new Error(`${name}: ${status} ${JSON.stringify(body)}`);
    await stack.rootS3.put(BUCKET, `${homeOf(name)}${folder}there`, name);
  }
}

/** Whole seconds, as expiry is kept. */
export function inSeconds(seconds: number): string {
  return new Date(Math.ceil(Date.now() / 1000) * 1000 + seconds * 1000).toISOString();
}
