import { Injectable } from '@nestjs/common';
import { type Channel, Notifications } from '../../notifications/notifications.js';
import { type Finding, notConfigured, ok } from './check.js';

/** The webhook and the mail server that notices go to. They are not asked: what counts is how deliveries go. */
@Injectable()
export class NotificationChecks {
  constructor(private readonly notifications: Notifications) {}

  async deliveries(): Promise<Finding> {
    const channels = await this.notifications.channels();
    const used = channels.filter(({ configured }) => configured).map(({ name }) => name);
    const failing = channels.filter(({ retried, dead }) => retried + dead > 0);
    if (failing.length === 0) {
      if (used.length === 0) return notConfigured('Not configured (NOTIFY_WEBHOOK_URL, NOTIFY_SMTP_URL)');
      return ok(`Notices go out by ${used.join(' and ')}, and no delivery fails`);
    }
    return {
      verdict: 'warning',
      detail: failing.map(failureOf).join('. '),
      remedy:
        'Check the receiver and the NOTIFY_ settings. What waits is tried again; what was given up is in GET /provisions/dead-letters, ' +
        'to redrive or discard',
    };
  }
}

function failureOf({ name, retried, dead, error }: Channel): string {
  return `By ${name}, ${retried} notice(s) wait to be tried again and ${dead} were given up; the latest failure: ${error ?? 'unknown'}`;
}
