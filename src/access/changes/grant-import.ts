import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/caller.js';
import { AppConfig } from '../../config/app-config.js';
import { Database, type SubjectRow } from '../../database/schema.js';
import { MinioAdmin } from '../../minio/minio-admin.js';
import type { PolicyGrant } from '../../policy/grants/grants.js';
import { parsePolicyName } from '../../policy/names.js';
import { formatPath, homeOwner } from '../../policy/paths.js';
import { Subjects } from '../subjects/subjects.js';
import { observeDocument } from '../plan/observe.js';
import { Grants } from '../grants/grants.js';
import { grantsIn } from './imported-grants.js';

/** Imports the grants of a user from the documents in MinIO, for a database that does not know them. */
@Injectable()
export class GrantImport {
  constructor(
    private readonly db: Database,
    private readonly minio: MinioAdmin,
    private readonly grants: Grants,
    private readonly subjects: Subjects,
    private readonly config: AppConfig,
  ) {}

  /** The user's row after the import of what its documents say. `attached`: names of the policies that MinIO has attached to the user. */
  async run(user: SubjectRow, attached: readonly string[], actor: Actor): Promise<SubjectRow> {
    const found = await this.read(user, attached);
    if (found.length === 0) return user;
    return this.db.transaction().execute(async (trx) => {
      for (const { bucket, prefix, folder, permission, expiresAt = null } of found) {
        const path = { bucket, prefix, folder };
        const name = homeOwner(path, this.config.lake);
        const owner = name === undefined ? undefined : await this.subjects.find({ kind: 'user', name }, trx);
        // an unknown owner could never take back a grant in their home
        if (!owner || owner.id === user.id) continue;
        const spec = {
          path,
          permission,
          expiresAt,
          reason: null,
          origin: 'share',
          grantedBy: owner.name,
        } as const;
        await this.grants.grant(user, owner, spec, trx);
      }
      const detail = { paths: found.map(formatPath).slice(0, 100), count: found.length };
      await this.subjects.record(user, actor, { action: 'grants.imported', detail }, trx);
      const [row] = await this.subjects.incrementGeneration([{ id: user.id, revoking: false }], trx);
      return row ?? user;
    });
  }

  private async read(user: SubjectRow, attached: readonly string[]): Promise<PolicyGrant[]> {
    const names = attached.filter((name) => {
      const parsed = parsePolicyName(name);
      return parsed?.kind === 'user' && parsed.name === user.name && parsed.shard > 0;
    });
    const grants: PolicyGrant[] = [];
    for (const name of names) {
      const document = await observeDocument(this.minio.client, name);
      if (document) grants.push(...grantsIn(document));
    }
    return grants;
  }
}
