import { Injectable } from '@nestjs/common';
import { MissingThings } from '../../common/problems/missing-things.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { BucketSettings, OF_A_NEW_BUCKET, type Settings } from '../../minio/buckets/bucket-settings.js';
import type { Operation, ShownChange } from '../../provisioning/kinds/kind.js';
import type { ChangeRecord } from './change-record.js';
import {
  compare,
  differs,
  MAX_TAGS,
  type SettingChange,
  shown,
  tagOf,
  valueOf,
  type Wanted,
} from './setting-changes.js';

/** Gives a bucket the settings that are wanted, and takes them back. */
@Injectable()
export class BucketChanges {
  constructor(private readonly settings: BucketSettings) {}

  /** What {@link apply} would change, and throw. `isExpected`: a bucket that is not there will be. */
  async plan(bucket: string, wanted: Wanted, isExpected = false): Promise<ShownChange[]> {
    if (isEmpty(wanted)) return [];
    const found = await this.settings.of(bucket);
    const now = requireBucket(bucket, found ?? (isExpected ? OF_A_NEW_BUCKET : undefined));
    return dueOf(now, wanted).due.map((change) => shown(bucket, change));
  }

  /** Changes only what differs. Throws 422 if there is no such bucket, or it would have too many tags. */
  async apply(bucket: string, wanted: Wanted, record: ChangeRecord): Promise<Operation[]> {
    if (isEmpty(wanted)) return [];
    const now = requireBucket(bucket, await this.settings.of(bucket));
    const { all, due } = dueOf(now, wanted);
    if (due.length > 0) {
      await record.changing(due);
      await this.set(bucket, now, due);
    }
    return all.map((change) => ({
      entitlement: { type: 'bucket', id: bucket, ...change },
      action: 'change',
      status: differs(change) || record.has(change) ? 'done' : 'unchanged',
    }));
  }

  /** Sets back what still has the value that the provision gave it. */
  async undo(bucket: string, changes: readonly SettingChange[]): Promise<Operation[]> {
    if (changes.length === 0) return [];
    const now = await this.settings.of(bucket);
    const due = changes.filter(({ setting, after }) => now && valueOf(now, setting) === after);
    if (now) await this.set(bucket, now, due.map(turned));
    return changes.map((change) => {
      const { setting, before, after } = change;
      const entitlement = { type: 'bucket', id: bucket, setting, before: after, after: before };
      const told: Pick<Operation, 'status' | 'message'> = !now
        ? { status: 'skipped', message: 'there is no such bucket' }
        : due.includes(change)
          ? { status: 'done' }
          : isBack(now, change)
            ? { status: 'unchanged' }
            : { status: 'skipped', message: 'somebody has changed it since' };
      return { entitlement, action: 'change', ...told };
    });
  }

  private async set(bucket: string, now: Settings, changes: readonly SettingChange[]): Promise<void> {
    try {
      for (const { setting, after } of changes) {
        if (setting === 'versioning')
          await this.settings.setVersioning(bucket, after === 'enabled' ? 'enabled' : 'suspended');
        if (setting === 'quota_bytes') await this.settings.setQuota(bucket, after as number | null);
      }
      const tags = changes.filter(({ setting }) => tagOf(setting) !== undefined);
      if (tags.length > 0) await this.settings.setTags(bucket, withTags(now.tags, tags));
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw new Problem('storage_error', 'MinIO refused a setting of the bucket', { cause: error });
    }
  }
}

function requireBucket(bucket: string, now: Settings | undefined): Settings {
  if (now) return now;
  const problem = brokenRule('input.bucket', 'must be a bucket that exists');
  throw new MissingThings(problem, [{ kind: 'bucket', name: bucket }]);
}

/** All settings that are asked for, and those that differ. */
function dueOf(now: Settings, wanted: Wanted): { all: SettingChange[]; due: SettingChange[] } {
  const all = compare(now, wanted);
  const due = all.filter(differs);
  const tags = { ...now.tags, ...wanted.tags };
  if (due.length > 0 && Object.keys(tags).length > MAX_TAGS)
    throw brokenRule('input.tags', `a bucket has at most ${MAX_TAGS} tags, with those it has already`);
  return { all, due };
}

/** Then MinIO need not be asked: not every server has all settings. */
function isEmpty(wanted: Wanted): boolean {
  return compare(OF_A_NEW_BUCKET, wanted).length === 0;
}

function turned({ setting, before, after }: SettingChange): SettingChange {
  return { setting, before: after, after: before };
}

/** A bucket that has had versions can only suspend them. */
function isBack(now: Settings, { setting, before }: SettingChange): boolean {
  const value = valueOf(now, setting);
  return value === before || (setting === 'versioning' && value === 'suspended');
}

function withTags(
  present: Readonly<Record<string, string>>,
  changes: readonly SettingChange[],
): Record<string, string> {
  const tags = new Map(Object.entries(present));
  for (const { setting, after } of changes) {
    const key = tagOf(setting) ?? '';
    if (after === null) tags.delete(key);
    else tags.set(key, String(after));
  }
  return Object.fromEntries(tags);
}
