import { Injectable } from '@nestjs/common';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { Kind } from '../provisioning/kinds/kind.js';
import { ChannelKind, WEBHOOK_KIND, MADE_BY_NEWS } from './channel-kind.js';
import { NoticeInput } from './notice.js';
import { deliver } from './standard-webhook.js';

/** Sends notices to a webhook, in the form of Standard Webhooks (https://www.standardwebhooks.com). */
@Kind(WEBHOOK_KIND, NoticeInput, { requestable: false, instead: MADE_BY_NEWS })
@Injectable()
export class WebhookKind extends ChannelKind {
  constructor(private readonly config: AppConfig) {
    super();
  }

  protected async deliver(notice: NoticeInput): Promise<string[]> {
    const { webhook } = this.config.notifications;
    if (!webhook) throw new Problem('not_possible', 'NOTIFY_WEBHOOK_URL is not set');
    const { id, type, timestamp, recipients, request } = notice;
    const body = { type, timestamp, data: { ...request, recipients } };
    await deliver(webhook.url.reveal(), { id, body, secret: webhook.secret?.reveal() });
    return recipients;
  }
}
