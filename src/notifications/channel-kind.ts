import type { ProvisionKind, ProvisionResult, ShownChange } from '../provisioning/kinds/kind.js';
import type { NoticeInput } from './notice.js';

/** The kinds of provisions that deliver notices. */
export const WEBHOOK_KIND = 'notify.webhook';
export const MAIL_KIND = 'notify.mail';

/** Who asks for one learns this. */
export const MADE_BY_NEWS = 'is made by what it tells of';

/** Delivers notices by one channel. Only `Notifications` makes such provisions. */
export abstract class ChannelKind implements ProvisionKind<NoticeInput> {
  /** Never called: the subject is of the channel. */
  subjectOf({ id }: NoticeInput): string {
    return `notice:${id}`;
  }

  plan(): Promise<ShownChange[]> {
    return Promise.resolve([]);
  }

  async apply(notice: NoticeInput): Promise<ProvisionResult> {
    const told = notice.concerns ? await this.deliver(notice) : [];
    return { operations: [], told };
  }

  /** Sends the notice and returns whom it was sent to. May be repeated: the receiver knows the id. */
  protected abstract deliver(notice: NoticeInput): Promise<string[]>;
}
