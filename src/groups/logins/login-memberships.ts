import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccessWriter } from '../../access/changes/writer.js';
import { Logins } from '../../auth/people/logins.js';
import type { Actor, Caller } from '../../common/caller.js';
import { sha256 } from '../../common/hash.js';
import { AppConfig } from '../../config/app-config.js';
import { LoginChanges } from './login-changes.js';
import { LoginGroupsStore } from './login-groups.store.js';
import { type LoginTerms, stepOf } from './login-plan.js';

/** Lets a person's memberships follow the groups that the person's logins name (GROUPS_FROM). */
@Injectable()
export class LoginMemberships implements OnModuleInit {
  constructor(
    private readonly logins: Logins,
    private readonly store: LoginGroupsStore,
    private readonly changes: LoginChanges,
    private readonly writer: AccessWriter,
    private readonly config: AppConfig,
  ) {}

  onModuleInit(): void {
    if (this.config.groupsFrom) this.logins.register((caller, actor) => this.follow(caller, actor));
  }

  private async follow({ name, tokenHash, loginGroups: login }: Caller, actor: Actor): Promise<void> {
    const { groupsFrom } = this.config;
    if (!login || !groupsFrom) return;
    const terms: LoginTerms = {
      // the token's own digest is not stored anywhere
      by: sha256(`login ${tokenHash}`).slice(0, 16),
      dryRun: groupsFrom.dryRun,
      issued: groupsFrom.source === 'oidc',
    };
    const names = login.groups.map(({ group }) => group);
    const known = await this.store.find(name, names);
    if (known?.status !== 'active') return;
    const step = stepOf(known, login, terms);
    if (step === 'note') await this.store.note(known.userId, login);
    if (step !== 'wait' && step !== 'apply') return;
    // if MinIO is away, the worker continues: the request goes on without waiting for it
    await this.writer.run(this.changes.following(name, login, terms, actor), {
      arrivedAt: performance.now(),
    });
  }
}
