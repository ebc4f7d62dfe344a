import { Injectable } from '@nestjs/common';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { BucketVersions } from '../minio/bucket-versions.js';
import { parsePath } from '../policy/paths.js';
import type { TargetResult } from './target-result.js';

/** How long an enforced share waits for MinIO to report whether the bucket has versions, in milliseconds. */
const WAIT_MS = 500;

/** The results of targets that get access. */
const GIVEN = new Set<TargetResult['status']>(['granted', 'changed', 'waiting']);

/** Tells sharers that a share also covers the past: if the bucket has versions, old and deleted objects become readable too. */
@Injectable()
export class PastVersions {
  constructor(private readonly versions: BucketVersions) {}

  /**
   * Asks MinIO whether the bucket has versions, and returns a function that waits for the answer once the share is written. An answer that is
   * too late counts as no.
   */
  ask(bucket: string): (written: { enforced: boolean }) => Promise<boolean> {
    const asked = this.versions.stateOf(bucket);
    return async ({ enforced }) => {
      // if MinIO did not enforce the share, it will not answer this either
      const state = await within(enforced ? WAIT_MS : 0, asked);
      return state === 'enabled' || state === 'suspended';
    };
  }

  /** The same for a path that is in one of these buckets. */
  askAll(buckets: readonly string[]): (path: string, written: { enforced: boolean }) => Promise<boolean> {
    const asked = new Map([...new Set(buckets)].map((bucket) => [bucket, this.ask(bucket)]));
    return async (path, written) => {
      const parsed = parsePath(path);
      return (parsed.ok && (await asked.get(parsed.path.bucket)?.(written))) ?? false;
    };
  }
}

/** The results of a share in a bucket with versions, with a message for each target that got access. */
export function withPast(results: readonly TargetResult[]): TargetResult[] {
  return results.map((result) =>
    GIVEN.has(result.status)
      ? { ...result, message: [...(result.message ? [result.message] : []), pastOf(result)].join(' ') }
      : result,
  );
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/** The message for people. */
export function pastOf({ kind, name }: SubjectKey): string {
  const who = kind === 'group' ? (name === 'everyone' ? 'Everybody' : `Everybody in ${name}`) : name;
  return `${who} can also read earlier versions of these objects, and objects that were deleted before.`;
}
