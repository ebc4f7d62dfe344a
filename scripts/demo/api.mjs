// What a program of the demo's people does: requests with a token, objects with a session of one's own.

/** Requests of one person. */
export class Caller {
  /** @param {string} url @param {string | undefined} token */
  constructor(url, token) {
    this.url = url;
    this.token = token;
  }

  /**
   * The answer, or undefined if there is nothing (404). Any other refusal is an error that says what was refused and why.
   * @param {string} path
   * @returns {Promise<any>}
   */
  async find(path) {
    const answer = await this.#request('GET', path);
    return answer.status === 404 ? undefined : accepted(`GET ${path}`, answer);
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async send(method, path, body) {
    return accepted(`${method} ${path}`, await this.#request(method, path, body));
  }

  async #request(method, path, body) {
    const headers = {
      ...(this.token && { authorization: `Bearer ${this.token}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const options = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${this.url}${path}`, { ...options, signal: AbortSignal.timeout(60_000) });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : {} };
  }
}

function accepted(what, { status, body }) {
  if (status >= 200 && status < 300 && status !== 207) return body;
  throw new Error(`${what} was answered with ${status}${body.detail ? `: ${body.detail}` : ''}`);
}

/**
 * Writes objects with a session of their own.
 * @param {{ endpoint: string, region: string, access_key: string, secret_key: string, session_token: string }} session
 * @param {string} folder `s3a://bucket/prefix/`
 * @param {Record<string, string>} objects content by key below the folder
 */
export async function writeObjects(session, folder, objects) {
  const { Client } = await import('minio');
  const { protocol, hostname, port } = new URL(session.endpoint);
  const client = new Client({
    endPoint: hostname,
    useSSL: protocol === 'https:',
    ...(port && { port: Number(port) }),
    region: session.region,
    accessKey: session.access_key,
    secretKey: session.secret_key,
    sessionToken: session.session_token,
  });
  const [, bucket = '', prefix = ''] = /^s3a:\/\/([^/]+)\/(.*)$/.exec(folder) ?? [];
  for (const [name, text] of Object.entries(objects)) {
    const content = Buffer.from(text);
    await client.putObject(bucket, prefix + name, content, content.length, { 'Content-Type': 'text/plain' });
  }
}
