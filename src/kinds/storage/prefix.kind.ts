import { Injectable } from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import { MissingThings, type Thing } from '../../common/problems/missing-things.js';
import { brokenRule, type Problem } from '../../common/problems/problem.js';
import { type Marker, Markers } from '../../minio/buckets/markers.js';
import {
  type AskContext,
  Kind,
  newlyMade,
  type Operation,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { parsePath } from '../../policy/paths.js';

/** A folder to make visible. */
export class PrefixInput {
  /**
   * A folder in a bucket that exists: `s3a://bucket/folder/`, with or without the final slash
   * @example "s3a://cdm-lake/reference/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;
}

/** Makes a folder visible by an empty object with its name. */
@Kind('prefix', PrefixInput)
@Injectable()
export class PrefixKind implements ProvisionKind<PrefixInput> {
  constructor(private readonly markers: Markers) {}

  /** The marker of a bucket's folder must not come while the bucket goes. */
  subjectOf({ path }: PrefixInput): string {
    return `bucket:${placeOf(path).bucket}`;
  }

  validate({ path }: PrefixInput): Promise<void> {
    placeOf(path);
    return Promise.resolve();
  }

  async plan({ path }: PrefixInput, { expected }: AskContext): Promise<ShownChange[]> {
    const { bucket, key } = placeOf(path);
    const found = await this.markers.find(bucket, key);
    const isThere = found !== undefined || expected?.has({ kind: 'bucket', name: bucket });
    if (!isThere) throw noBucket(bucket);
    if (found) return [];
    return [{ change: 'create_folder', target: `folder s3a://${bucket}/${key}`, before: null, after: {} }];
  }

  needs({ path }: PrefixInput): Thing[] {
    return [{ kind: 'bucket', name: placeOf(path).bucket }];
  }

  async apply({ path }: PrefixInput, context: RunContext): Promise<ProvisionResult> {
    const { bucket, key } = placeOf(path);
    const shown = `s3a://${bucket}/${key}`;
    const done: Operation = {
      entitlement: { type: 'folder', path: shown },
      action: 'create',
      status: 'done',
    };
    const found = await this.markers.find(bucket, key);
    if (found === undefined) throw noBucket(bucket);
    let isOurs = context.saved !== null;
    if (!found) {
      await context.guard();
      await context.save({ operations: [done] });
      isOurs = await this.markers.write(bucket, key);
    }
    const written = found ?? (await this.markers.find(bucket, key)) ?? null;
    const operations: Operation[] = [{ ...done, status: isOurs ? 'done' : 'unchanged' }];
    return { operations, ...(isOurs ? { marker: written } : {}), outputs: { path: shown } };
  }

  /** Removes the marker if it is still the one that the provision wrote; what else lies in the folder stays. */
  async undo({ path }: PrefixInput, made: ProvisionResult): Promise<ProvisionResult> {
    const { bucket, key } = placeOf(path);
    const operations: Operation[] = [];
    for (const each of newlyMade(made)) {
      const found = await this.markers.find(bucket, key);
      const isOurs = !found || isSame(found, made['marker'] as Marker | null);
      if (found && isOurs) await this.markers.remove(bucket, key, found);
      operations.push({
        ...each,
        action: 'remove',
        ...(isOurs ? { status: 'done' } : { status: 'skipped', message: 'somebody has written it since' }),
      });
    }
    return { operations };
  }
}

function isSame({ size, writtenAt, versionId }: Marker, ours: Marker | null): boolean {
  return size === 0 && writtenAt === ours?.writtenAt && versionId === ours.versionId;
}

function noBucket(name: string): Problem {
  const problem = brokenRule('input.path', 'must lie in a bucket that exists');
  return new MissingThings(problem, [{ kind: 'bucket', name }]);
}

/** Where the marker is. Throws 422 for a path that is no folder. */
function placeOf(text: string): { bucket: string; key: string } {
  const parsed = parsePath(text);
  if (!parsed.ok) throw brokenRule('input.path', parsed.rule);
  if (parsed.path.prefix === '') throw brokenRule('input.path', 'must name a folder in a bucket');
  return { bucket: parsed.path.bucket, key: `${parsed.path.prefix}/` };
}
