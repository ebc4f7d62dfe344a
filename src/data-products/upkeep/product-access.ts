import { Injectable } from '@nestjs/common';
import { type GrantSpec, Grants } from '../../access/grants/grants.js';
import { SubjectRemoval } from '../../access/changes/subject-removal.js';
import { Targets } from '../../access/subjects/targets.js';
import { AccessWriter, type Mutation } from '../../access/changes/writer.js';
import { Subjects } from '../../access/subjects/subjects.js';
import type { SubjectKey } from '../../access/subjects/subject-key.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { busy } from '../../common/turns/keyed-queue.js';
import { AppConfig } from '../../config/app-config.js';
import type { Executor, SubjectRow } from '../../database/schema.js';
import { enforced } from '../../provisioning/kinds/kind.js';
import type { GrantedPath, PortAccess } from '../approved/port-access.js';

/** A provider from the view of a consumer. */
export interface ProductProvider {
  subjectName: string;
  prefix: string;
  /** The consumer's access to it, each path once. */
  paths: readonly GrantedPath[];
  /** The same, by output port. */
  ports: readonly PortAccess[];
}

/** The desired access of a product's principal. */
export interface ProductSpec {
  subjectName: string;
  /** Null: it owns nothing. */
  prefix: string | null;
  providers: readonly ProductProvider[];
}

/** Principals of data products and their access, through the access engine. */
@Injectable()
export class ProductAccess {
  constructor(
    private readonly writer: AccessWriter,
    private readonly subjects: Subjects,
    private readonly targets: Targets,
    private readonly grants: Grants,
    private readonly config: AppConfig,
  ) {}

  /** Ensures that the principal exists, owns its prefix, and has exactly the access that the ports give. False: nothing changed. */
  async apply(spec: ProductSpec, context: RequestContext): Promise<boolean> {
    return enforced(await this.writer.run(this.applying(spec, context), context));
  }

  /** Removes the principal, and everything that it gave or was given. False: it was already gone. */
  async remove(subjectName: string, removal: SubjectRemoval, context: RequestContext): Promise<boolean> {
    const written = await this.writer.run(async (trx) => {
      const row = await this.subjects.find(keyOf(subjectName), trx);
      const affected = row ? await removal.begin(row, context, trx) : [];
      return { value: row !== undefined, affected };
    }, context);
    return enforced(written);
  }

  private applying(spec: ProductSpec, context: RequestContext): Mutation<boolean> {
    const key = keyOf(spec.subjectName);
    return async (trx) => {
      // whoever makes a provider meanwhile would not see the grants on its data, nor this transaction the provider
      await this.subjects.holdIfMissing('data_product', [spec, ...spec.providers].map(nameOf), trx);
      const there = await this.subjects.find(key, trx);
      if (there?.status === 'removing') throw busy();
      const made = there ? undefined : await this.create(key, spec, context, trx);
      const { also } = await this.targets.lock(
        spec.providers.map(({ subjectName }) => keyOf(subjectName)),
        trx,
        [key],
      );
      const row = also[0] ?? made;
      if (!row) throw new Error('the principal is gone in the transaction that made it');
      const { changed, narrowed } = await this.replace(row, spec, context, trx);
      // unchanged: MinIO may not have received what an earlier attempt committed
      if (!changed) return { value: made !== undefined, affected: [row] };
      const event = { action: 'data_product.access_changed', detail: { providers: spec.providers.length } };
      const change = { key, actor: context, event };
      return {
        value: true,
        affected: await this.subjects.markChanged([{ id: row.id, revoking: narrowed }], change, trx),
      };
    };
  }

  private async create(
    key: SubjectKey,
    { prefix }: ProductSpec,
    context: RequestContext,
    trx: Executor,
  ): Promise<SubjectRow> {
    const made = await this.subjects.create(key, 'active', context, 'data_product.created', { trx, prefix });
    // consumers may have been created first
    if (prefix !== null) await this.grants.adopt(made, { bucket: this.config.products.bucket, prefix }, trx);
    return made;
  }

  private async replace(row: SubjectRow, spec: ProductSpec, context: RequestContext, trx: Executor) {
    const specs: { spec: GrantSpec; owner: SubjectRow | null }[] = [];
    for (const { subjectName, paths } of spec.providers) {
      const owner = (await this.subjects.find(keyOf(subjectName), trx)) ?? null;
      for (const { prefix, permission } of paths)
        specs.push({
          owner,
          spec: {
            path: { bucket: this.config.products.bucket, prefix, folder: true },
            permission,
            expiresAt: null,
            reason: null,
            origin: 'data_product',
            grantedBy: context.name,
          },
        });
    }
    return this.grants.replaceOwn(row, specs, trx, 'data_product');
  }
}

function nameOf({ subjectName }: { subjectName: string }): string {
  return subjectName;
}

function keyOf(name: string): SubjectKey {
  return { kind: 'data_product', name };
}
