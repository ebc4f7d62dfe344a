import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { Lake } from '../../../minio/lake.js';
import { isGrantable, isPattern } from '../../../policy/grants/grantable.js';
import { type Check, type Checks, type Finding, ok } from '../check.js';

/** How many buckets a finding names. */
const MAX_SHOWN = 20;

/** Whether buckets with grants keep versions: a share then also gives access to earlier content. */
@Injectable()
export class VersionChecks implements Checks {
  constructor(
    private readonly lake: Lake,
    private readonly config: AppConfig,
  ) {}

  list(): Check[] {
    return [['minio_versions', () => this.versions()]];
  }

  private async versions(): Promise<Finding> {
    const { lake, products } = this.config;
    const homes = lake.homes.map(({ bucket }) => bucket);
    const buckets = [...new Set([...homes, ...(await this.grantable()), products.bucket])];
    const states = await Promise.all(buckets.map((bucket) => this.lake.versioningOf(bucket)));
    const having = buckets.flatMap((bucket, index) =>
      states[index] === 'never' ? [] : [`${bucket} (${states[index]})`],
    );
    if (having.length === 0) return ok(`No versions are kept in ${shown(buckets)}`);
    return {
      verdict: 'warning',
      detail: `Versions are kept in ${shown(having)}: anyone who can read a folder there can also read old versions and deleted objects, even from before the share`,
      remedy:
        'To avoid that, suspend versioning (mc version suspend) and let old versions expire (mc ilm rule add --noncurrent-expire-days 1), ' +
        'or share copies of the current state; only a bucket that never had versions is permanently free of this',
    };
  }

  /** The buckets of GRANTABLE_BUCKETS: of an entry with a star those that exist. */
  private async grantable(): Promise<string[]> {
    const { lake } = this.config;
    const named = lake.grantableBuckets.filter((entry) => !isPattern(entry));
    if (named.length === lake.grantableBuckets.length) return named;
    const existing = await this.lake.bucketNames();
    return [...named, ...existing.filter((bucket) => isGrantable(bucket, lake))];
  }
}

/** A platform may have hundreds of buckets. */
function shown(buckets: readonly string[]): string {
  const more = buckets.length - MAX_SHOWN;
  return buckets.slice(0, MAX_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
