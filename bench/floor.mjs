// The floor: the MinIO calls that a result cannot do without, sent straight to MinIO by the shortest code that works. It imports
// nothing of the service: its own signer and its own body encryption, so it cannot be slow for the same reason as the service.
import { createCipheriv, createHmac, hash, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const REGION = 'us-east-1';
const ADMIN = '/minio/admin/v3';
const FORM = 'application/x-www-form-urlencoded';
const ASSUME_ROLE = Buffer.from('Action=AssumeRole&DurationSeconds=3600&Version=2011-06-15');
const deriveKey = promisify(pbkdf2);

/** @typedef {{ accessKey: string, secretKey: string }} Keys */

export class Floor {
  #client;
  #host;
  #root;
  #signingKeys = new Map();
  #bodyKey;
  #record;

  /**
   * @param {import('./client.mjs').Client} client @param {{ endpoint: string } & Keys} minio
   * @param {(who: string) => Promise<unknown>} [record] writes a record to disk
   */
  constructor(client, { endpoint, accessKey, secretKey }, record = () => Promise.resolve()) {
    this.#client = client;
    this.#record = record;
    this.#host = new URL(endpoint).host;
    this.#root = { accessKey, secretKey };
  }

  /** A session: one AssumeRole with the user's own keys. @param {Keys} keys */
  async session(keys) {
    const signed = this.#sign({ method: 'POST', path: '/', body: ASSUME_ROLE, type: FORM }, keys, 'sts');
    await this.#client.expect(signed, 200);
  }

  /** The calls, and beside them the record that the answer promises. @template T @param {string} who @param {() => Promise<T>} calls */
  async recorded(who, calls) {
    const [result] = await Promise.all([calls(), this.#record(who)]);
    return result;
  }

  /** A rotation: one add-user. @param {string} user */
  async addUser(user, secretKey = randomBytes(20).toString('hex')) {
    const key = await (this.#bodyKey ??= newBodyKey(this.#root.secretKey));
    const body = seal(key, JSON.stringify({ secretKey, status: 'enabled' }));
    await this.#admin(`add-user?accessKey=${user}`, body);
    return { accessKey: user, secretKey };
  }

  /**
   * A first login: policy, user and mapping one after another (each needs the one before), the home's marker beside them,
   * then the session; the record beside them all. @param {string} user @param {string} bucket
   */
  async firstLogin(user, bucket) {
    await this.recorded(user, async () => {
      const [keys] = await Promise.all([this.createUser(user, bucket), this.home(user, bucket)]);
      await this.session(keys);
    });
  }

  /** @param {string} user @param {string} bucket @returns {Promise<Keys>} */
  async createUser(user, bucket) {
    await this.#policy(user, bucket);
    const keys = await this.addUser(user);
    await this.#mapping(user);
    return keys;
  }

  /** A share with a user who is there: a document and its mapping. @param {string} user @param {string} bucket */
  async policyAndMapping(user, bucket) {
    await this.#policy(user, bucket);
    await this.#mapping(user);
  }

  /** @param {string} bucket */
  async createBucket(bucket) {
    await this.#client.expect(this.#sign({ method: 'PUT', path: `/${bucket}` }, this.#root), 200);
  }

  /** The document of a policy. @param {string} name */
  async policy(name) {
    const query = `name=${encodeURIComponent(name)}&v=2`;
    const request = { method: 'GET', path: `${ADMIN}/info-canned-policy`, query };
    await this.#client.expect(this.#sign(request, this.#root), 200);
  }

  /** One GET of an object. @param {Keys} keys */
  async read(keys, bucket, key) {
    await this.#client.expect(this.#sign({ method: 'GET', path: `/${bucket}/${key}` }, keys), 200);
  }

  /** One PUT of an object. @param {Keys} keys @param {Buffer} body */
  async write(keys, bucket, key, body) {
    await this.#client.expect(this.#sign({ method: 'PUT', path: `/${bucket}/${key}`, body }, keys), 200);
  }

  /** The marker of a home. @param {string} user @param {string} bucket */
  async home(user, bucket) {
    const path = `/${bucket}/users-warehouse/${user}/`;
    await this.#client.expect(this.#sign({ method: 'PUT', path, body: Buffer.alloc(0) }, this.#root), 200);
  }

  async #policy(user, bucket) {
    const body = Buffer.from(JSON.stringify(policyOf(user, bucket)));
    await this.#admin(`add-canned-policy?name=floor%3A${user}`, body);
  }

  async #mapping(user) {
    await this.#admin(
      `set-user-or-group-policy?isGroup=false&policyName=floor%3A${user}&userOrGroup=${user}`,
    );
  }

  async #admin(call, body) {
    const [path, query] = call.split('?');
    const request = {
      method: 'PUT',
      path: `${ADMIN}/${path}`,
      query,
      body,
      type: 'application/octet-stream',
    };
    await this.#client.expect(this.#sign(request, this.#root), 200);
  }

  /** AWS Signature Version 4 over host, content hash and date; the query must come sorted and encoded. */
  #sign({ method, path, query = '', body = null, type }, { accessKey, secretKey }, service = 's3') {
    const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
    const scope = `${date.slice(0, 8)}/${REGION}/${service}/aws4_request`;
    const digest = hash('sha256', body ?? '');
    const head = `host:${this.#host}\nx-amz-content-sha256:${digest}\nx-amz-date:${date}\n`;
    const names = 'host;x-amz-content-sha256;x-amz-date';
    const canonical = `${method}\n${path}\n${query}\n${head}\n${names}\n${digest}`;
    const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash('sha256', canonical)}`;
    const signature = createHmac('sha256', this.#signingKey(secretKey, scope)).update(text).digest('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    const headers = ['host', this.#host, 'x-amz-content-sha256', digest, 'x-amz-date', date];
    headers.push('authorization', authorization);
    if (type && body) headers.push('content-type', type);
    return { method, path: query ? `${path}?${query}` : path, headers, body };
  }

  #signingKey(secretKey, scope) {
    const id = `${scope} ${secretKey}`;
    let key = this.#signingKeys.get(id);
    if (!key) {
      key = scope
        .split('/')
        .reduce((before, part) => createHmac('sha256', before).update(part).digest(), `AWS4${secretKey}`);
      this.#signingKeys.set(id, key);
    }
    return key;
  }
}

/** Derived once: MinIO asks for a fresh nonce in each body, not for a fresh salt. */
async function newBodyKey(secret) {
  const salt = randomBytes(32);
  return { salt, key: await deriveKey(secret, salt, 8192, 32, 'sha256') };
}

/** MinIO's body encryption with PBKDF2 (id 2): salt, id, nonce prefix, one sealed chunk. */
function seal({ salt, key }, text) {
  const prefix = randomBytes(8);
  const nonce = (counter) => Buffer.concat([prefix, Buffer.of(counter, 0, 0, 0)]);
  const empty = createCipheriv('aes-256-gcm', key, nonce(0));
  empty.final();
  const chunk = createCipheriv('aes-256-gcm', key, nonce(1));
  chunk.setAAD(Buffer.concat([Buffer.of(0x80), empty.getAuthTag()]));
  const sealed = chunk.update(text);
  chunk.final();
  return Buffer.concat([salt, Buffer.of(2), prefix, sealed, chunk.getAuthTag()]);
}

/** As long as a home policy is: five statements. */
function policyOf(user, bucket) {
  const home = `users-warehouse/${user}`;
  const allow = (Action, Resource, Condition) => ({ Effect: 'Allow', Action, Resource, Condition });
  const arn = (key) => `arn:aws:s3:::${bucket}${key}`;
  const list = { StringLike: { 's3:prefix': [`${home}/*`] } };
  const objects = [
    'AbortMultipartUpload',
    'DeleteObject',
    'DeleteObjectTagging',
    'DeleteObjectVersion',
    'GetObject',
    'GetObjectTagging',
    'ListMultipartUploadParts',
    'PutObject',
    'PutObjectTagging',
  ];
  return {
    Version: '2012-10-17',
    Statement: [
      allow(['s3:GetBucketLocation', 's3:GetBucketVersioning', 's3:HeadBucket'], [arn('')]),
      allow(['s3:ListBucket'], [arn(''), `arn:aws:s3:::-/${home}`], list),
      allow(['s3:GetObject', 's3:GetObjectTagging'], [arn(`/${home}`)]),
      allow(
        objects.map((name) => `s3:${name}`),
        [arn(`/${home}/*`)],
      ),
      { Effect: 'Deny', Action: ['admin:*'] },
    ],
  };
}
