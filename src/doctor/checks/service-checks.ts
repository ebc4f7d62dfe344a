import { Injectable } from '@nestjs/common';
import type { Check, Checks } from './check.js';
import { DatabaseChecks } from './database-checks.js';
import { NotificationChecks } from './notification-checks.js';
import { PeopleChecks } from './people-checks.js';

/** The dependencies of this service besides MinIO and the portal: where people come from, what notices go to, the database and the broker. */
@Injectable()
export class ServiceChecks implements Checks {
  constructor(
    private readonly people: PeopleChecks,
    private readonly notifications: NotificationChecks,
    private readonly database: DatabaseChecks,
  ) {}

  list(): Check[] {
    return [
      ...this.people.list(),
      ['notifications', () => this.notifications.deliveries()],
      ['database', () => this.database.database()],
      ['broker', () => this.database.broker()],
    ];
  }
}
