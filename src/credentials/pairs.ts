import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../auth/authenticated.js';
import { type Membership, Memberships } from '../access/memberships/memberships.js';
import { AppConfig } from '../config/app-config.js';
import { credentialsIssued } from '../metrics/registry.js';
import { formatPath, homePath } from '../policy/paths.js';
import { KeyRing } from '../secrets/key-ring.js';
import type { PairDto } from './dto/pair.dto.js';
import { Principals, type PairSpec, type Ready } from './principals.js';
import { Standing } from './standing.js';

/** A user's own access and secret key. */
@Injectable()
export class Pairs {
  constructor(
    private readonly principals: Principals,
    private readonly memberships: Memberships,
    private readonly standing: Standing,
    private readonly keys: KeyRing,
    private readonly config: AppConfig,
  ) {}

  /** Creates the user at first use, rotates or revokes as requested, and returns the current pair. */
  async issue(userName: string, spec: PairSpec, context: RequestContext): Promise<PairDto> {
    const [ready, memberships] =
      (await this.present(userName, spec)) ?? (await this.make(userName, spec, context));
    const { row, created, rotated, observed } = ready;
    const enforced =
      ready.inGroups ??
      (observed ? await this.standing.seen(row, observed, memberships) : this.standing.isKnown(row));
    credentialsIssued.inc({ kind: 'pair' });
    const { minio, lake } = this.config;
    return {
      user_name: row.name,
      access_key: row.principal,
      secret_key: this.keys.secretOf(row).reveal(),
      home_path: formatPath(homePath({ ...lake, userName: row.name })),
      endpoint: minio.publicEndpoint,
      region: minio.region,
      ...(minio.consoleUrl ? { console_url: minio.consoleUrl } : {}),
      created,
      rotated,
      groups: memberships.map(({ group_name, role }) => ({ group_name, role })),
      ...(enforced ? { enforced } : {}),
    };
  }

  /** The current pair, if it may stay: one statement, and with several homes a look at MinIO now and then. */
  private async present(userName: string, spec: PairSpec): Promise<[Ready, Membership[]] | undefined> {
    if (spec.rotate || spec.revokeSessions || spec.revokeAccessKeys) return undefined;
    const found = await this.memberships.userWithGroups(userName);
    const ready = this.principals.ready(found?.row);
    // a home may be new in the configuration: until the sweep has come by, the user gets it here
    if (ready && this.config.lake.homes.length > 1) await this.standing.see(ready.row);
    return found && ready && [ready, found.groups];
  }

  private make(userName: string, spec: PairSpec, context: RequestContext): Promise<[Ready, Membership[]]> {
    return Promise.all([
      this.principals.make(userName, context, spec),
      this.memberships.groupsOfName(userName),
    ]);
  }
}
