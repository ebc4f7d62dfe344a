import { Injectable } from '@nestjs/common';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { BucketVersions } from '../minio/bucket-versions.js';
import type { LakePath } from '../policy/paths.js';
import type { ShareOutcome } from './sharing.js';

/** How long an enforced share waits for MinIO to report whether the bucket has versions, in milliseconds. */
const WAIT_MS = 500;

/** Tells sharers that a share also covers the past: if the bucket has versions, old and deleted objects become readable too. */
@Injectable()
export class PastVersions {
  constructor(private readonly versions: BucketVersions) {}

  /** A share, with a message for each target that got access. */
  async complete(share: Promise<ShareOutcome>, { bucket }: LakePath): Promise<ShareOutcome> {
    const { done, reached } = await this.beside(share, bucket);
    if (!reached) return done;
    const results = done.results.map((result) =>
      result.status === 'granted' || result.status === 'changed'
        ? { ...result, message: pastOf(result) }
        : result,
    );
    return { ...done, results };
  }

  /** Asks MinIO while the work runs; `reached` means that the bucket has versions. An answer that is too late counts as no. */
  async beside<T extends { enforced: boolean }>(
    work: Promise<T>,
    bucket: string,
  ): Promise<{ done: T; reached: boolean }> {
    const asked = this.versions.stateOf(bucket);
    const done = await work;
    // if MinIO did not enforce the share, it will not answer this either
    const state = await within(done.enforced ? WAIT_MS : 0, asked);
    return { done, reached: state === 'enabled' || state === 'suspended' };
  }
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
