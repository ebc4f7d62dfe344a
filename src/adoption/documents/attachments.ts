import { Injectable } from '@nestjs/common';
import { orNull } from '../../access/plan/observe.js';
import type { SubjectRow } from '../../database/schema.js';
import type { MadminClient } from '../../madmin/client.js';
import { MinioAdmin } from '../../minio/minio-admin.js';

/** Reads what MinIO has attached, and what it has at all. */
@Injectable()
export class Attachments {
  constructor(private readonly minio: MinioAdmin) {}

  /** Of the user, or of the MinIO group; none if it is gone. */
  of({ principal }: SubjectRow, group: string | undefined): Promise<string[]> {
    return this.answered(async ({ users, groups }) => {
      const found = await (group === undefined ? orNull(users.info(principal)) : orNull(groups.info(group)));
      return found?.policies ?? [];
    });
  }

  /** MinIO names of a group's members; undefined if there is no such group. */
  membersOf(group: string): Promise<string[] | undefined> {
    return this.answered(async ({ groups }) => (await orNull(groups.info(group)))?.members);
  }

  /** Those of the policies that still exist: with a missing one MinIO attaches none. */
  existing(names: readonly string[]): Promise<string[]> {
    return this.answered(async ({ policies }) => {
      const found = await Promise.all(names.map((name) => orNull(policies.info(name))));
      return names.filter((_, index) => found[index] !== null);
    });
  }

  private async answered<T>(read: (client: MadminClient) => Promise<T>): Promise<T> {
    try {
      return await read(this.minio.client);
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }
}
