import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'undici';

export const LAKE = 'cdm-lake';

/** A pair, a session or an access key, as an answer of the service gives it. */
export interface Credential {
  access_key: string;
  secret_key: string;
  session_token?: string;
}

const METHODS = { read: 'GET', write: 'PUT', delete: 'DELETE', list: 'GET' } as const;
export type Action = keyof typeof METHODS;
const EMPTY = createHash('sha256').update('').digest('hex');

/** How many requests are under way at once. */
const AT_ONCE = 16;
/** A node that says nothing for so long has not answered. */
const SILENCE_MS = 10_000;

/** Whether MinIO lets somebody do something. */
export interface Question {
  as: Credential;
  action: Action;
  key: string;
}

/**
 * Asks MinIO by S3 requests, signed here (the stock client takes many times as long for each, and there are thousands). Allowed is
 * whatever is not refused with 403: MinIO decides that first, before it looks for the key.
 */
export class Prober {
  private readonly agent: Agent;

  constructor(private readonly endpoint: string) {
    this.agent = new Agent({
      connections: AT_ONCE,
      connect: { timeout: SILENCE_MS },
      headersTimeout: SILENCE_MS,
      bodyTimeout: SILENCE_MS,
    });
  }

  /** The answers in the order of the questions. */
  async askAll(questions: readonly Question[]): Promise<boolean[]> {
    const answers: boolean[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let at = next++; at < questions.length; at = next++)
        answers[at] = await this.ask(questions[at] as Question);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return answers;
  }

  /**
   * Writing is asked for by a PUT on the condition that the object has an ETag which none has: MinIO authorises it as any other, and
   * writes nothing.
   */
  async ask({ as, action, key }: Question): Promise<boolean> {
    const { status, text } = await this.send(as, action, key);
    if (status === 403) return false;
    if (status < 500 && ![400, 401].includes(status)) return true;
    throw new Error(`MinIO answered ${status} to ${action} ${key}: ${text}`);
  }

  async close(): Promise<void> {
    await this.agent.close();
  }

  private async send(as: Credential, action: Action, key: string): Promise<{ status: number; text: string }> {
    const path = action === 'list' ? `/${LAKE}` : `/${LAKE}/${key}`;
    const query = action === 'list' ? `list-type=2&max-keys=1&prefix=${encodeURIComponent(key)}` : '';
    const method = METHODS[action];
    const condition = action === 'write' ? { 'if-match': '"00000000000000000000000000000000"' } : {};
    const headers = { ...sign({ host: new URL(this.endpoint).host, method, path, query }, as), ...condition };
    const url = `${this.endpoint}${path}${query ? `?${query}` : ''}`;
    const answer = await request(url, { method, headers, dispatcher: this.agent });
    return { status: answer.statusCode, text: await answer.body.text() };
  }
}

/** AWS Signature Version 4 of a request without a body; the parts of the path need no encoding. */
function sign(
  { host, method, path, query }: { host: string; method: string; path: string; query: string },
  { access_key, secret_key, session_token }: Credential,
): Record<string, string> {
  const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${now.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const headers: Record<string, string> = { host, 'x-amz-content-sha256': EMPTY, 'x-amz-date': now };
  if (session_token) headers['x-amz-security-token'] = session_token;
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [method, path, query, lines.join(''), names, EMPTY].join('\n');
  const text = ['AWS4-HMAC-SHA256', now, scope, createHash('sha256').update(canonical).digest('hex')].join(
    '\n',
  );
  let key: Buffer | string = `AWS4${secret_key}`;
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${access_key}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}
