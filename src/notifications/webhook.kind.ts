import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import axios from 'axios';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { Kind } from '../provisioning/kinds/kind.js';
import { ChannelKind, WEBHOOK_KIND } from './channel-kind.js';
import { NoticeInput } from './notice.js';

/** The time limit of one delivery, in milliseconds, and how much of an answer is read. */
const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Sends notices to a webhook, in the form of Standard Webhooks (https://www.standardwebhooks.com). */
@Kind(WEBHOOK_KIND, NoticeInput, { requestable: false })
@Injectable()
export class WebhookKind extends ChannelKind {
  constructor(private readonly config: AppConfig) {
    super();
  }

  protected async deliver(notice: NoticeInput): Promise<string[]> {
    const { webhook } = this.config.notifications;
    if (!webhook) throw new Problem('not_possible', 'NOTIFY_WEBHOOK_URL is not set');
    const { type, timestamp, recipients, request } = notice;
    const body = JSON.stringify({ type, timestamp, data: { ...request, recipients } });
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'minio-manager',
      ...signed(`msg_${notice.id}`, body, webhook.secret?.reveal()),
    };
    const status = await post(webhook.url.reveal(), body, headers);
    if (status < 200 || status > 299)
      throw new Problem('notification_failed', `The webhook answered ${status}`);
    return recipients;
  }
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
