import { createHmac } from 'node:crypto';
import axios from 'axios';
import { Problem } from '../common/problems/problem.js';

/** The time limit of one delivery, in milliseconds, and how much of an answer is read. */
const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** A message in the form of Standard Webhooks (https://www.standardwebhooks.com). */
export interface Message {
  /** The same in each delivery of the message. */
  id: string;
  body: object;
  /** `whsec_` and a key in base64; undefined: it is not signed. */
  secret: string | undefined;
}

/** Posts the message. Throws `notification_failed` unless the receiver takes it. Redirects are not followed. */
export async function deliver(url: string, { id, body, secret }: Message): Promise<void> {
  const text = JSON.stringify(body);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'minio-manager',
    ...signed(`msg_${id}`, text, secret),
  };
  const status = await post(url, text, headers);
  if (status < 200 || status > 299)
    throw new Problem('notification_failed', `The webhook answered ${status}`);
}

/** The headers of Standard Webhooks; without a secret there is no signature. */
function signed(id: string, body: string, secret: string | undefined): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === undefined) return headers;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

async function post(url: string, body: string, headers: Record<string, string>): Promise<number> {
  // an axios timeout only limits silence: a slow, steady answer would last forever
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const answer = await axios.post(url, body, {
      ...{ headers, signal, maxRedirects: 0, proxy: false, maxContentLength: MAX_ANSWER_BYTES },
      responseType: 'text',
      validateStatus: () => true,
    });
    return answer.status;
  } catch (error) {
    // axios errors contain the address, which may hold a token, so they are not passed on
    const code =
      axios.isAxiosError(error) && /^[A-Z_]{1,40}$/.test(error.code ?? '') ? ` (${error.code})` : '';
    const why = signal.aborted ? `did not answer within ${TIMEOUT_MS} ms` : `does not answer${code}`;
    throw new Problem('notification_failed', `The webhook ${why}`);
  }
}
