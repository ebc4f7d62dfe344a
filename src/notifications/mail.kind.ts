import { Injectable } from '@nestjs/common';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { Kind } from '../provisioning/kinds/kind.js';
import { ChannelKind, MAIL_KIND, MADE_BY_NEWS } from './channel-kind.js';
import { mailOf } from './mail-text.js';
import { NoticeInput } from './notice.js';

/** Time limits, in milliseconds: for the connection and the greeting, and for silence. */
const LIMITS = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 10_000,
  dnsTimeout: 10_000,
};
/** Roughly. A user name that is an address itself gives none with a domain behind it. */
const ADDRESS = /^[^\s@<>,;]{1,64}@[^\s@<>,;]{1,253}$/;

/** Sends notices by mail, one message to all whom a notice concerns. */
@Kind(MAIL_KIND, NoticeInput, { requestable: false, instead: MADE_BY_NEWS })
@Injectable()
export class MailKind extends ChannelKind {
  constructor(private readonly config: AppConfig) {
    super();
  }

  protected async deliver(notice: NoticeInput): Promise<string[]> {
    const { mail } = this.config.notifications;
    if (!mail) throw new Problem('not_possible', 'NOTIFY_SMTP_URL is not set');
    const to = addressesOf(notice.recipients, mail.to);
    if (to.length === 0) return [];
    // most services send no mail
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({ url: mail.url.reveal(), ...LIMITS });
    try {
      const domain = mail.from.slice(mail.from.indexOf('@') + 1);
      const message = {
        ...mailOf(notice),
        from: mail.from,
        to: to.map((address) => ({ name: '', address })),
      };
      const safe = { disableFileAccess: true, disableUrlAccess: true };
      const { accepted } = await transport.sendMail({
        ...{ ...message, ...safe, messageId: `<${notice.id}@${domain}>` },
        headers: { 'auto-submitted': 'auto-generated' },
      });
      return accepted;
    } catch (error) {
      throw new Problem('notification_failed', whyNot(error));
    } finally {
      transport.close();
    }
  }
}

/** One address for each person, or the one address for all. */
function addressesOf(recipients: readonly string[], to: string): string[] {
  if (!to.includes('{user}')) return [to];
  const all = recipients.map((user) => to.replace('{user}', user));
  return [...new Set(all)].filter((address) => ADDRESS.test(address));
}

/** The words of the server and the address of the connection, which may hold the password, are not passed on. */
function whyNot(error: unknown): string {
  const { responseCode, code, command } = error as {
    responseCode?: unknown;
    code?: unknown;
    command?: unknown;
  };
  const during = typeof command === 'string' && /^[A-Z ]{1,20}$/.test(command) ? ` at ${command}` : '';
  if (typeof responseCode === 'number')
    return `The mail server refused the message (${responseCode}${during})`;
  const named = typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? ` (${code})` : '';
  return `The mail server does not answer${named}`;
}
