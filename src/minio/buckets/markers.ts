import { Injectable } from '@nestjs/common';
import { S3Error } from 'minio';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { Lake } from '../lake.js';
import { MinioAdmin, storageUnavailable } from '../minio-admin.js';
import { S3Calls } from '../s3-calls.js';

/** How long one call may take, in milliseconds. */
const TIMEOUT_MS = 3000;

/** An object that makes a folder visible. */
export interface Marker {
  size: number;
  /** By MinIO's clock, in whole seconds, RFC 3339. */
  writtenAt: string;
  /** Null where the bucket keeps no versions. */
  versionId: string | null;
}

/** Objects with the name of a folder and its slash. Every method throws `storage_unavailable` when MinIO does not answer. */
@Injectable()
export class Markers {
  constructor(
    private readonly lake: Lake,
    private readonly minio: MinioAdmin,
    private readonly config: AppConfig,
  ) {}

  /** Null: there is none; undefined: there is no such bucket. */
  async find(bucket: string, key: string): Promise<Marker | null | undefined> {
    try {
      const { size, lastModified, versionId } = await this.lake.ask((client) =>
        client.statObject(bucket, key),
      );
      return { size, writtenAt: lastModified.toISOString(), versionId: versionId ?? null };
    } catch (error) {
      const code = error instanceof S3Error ? error.code : undefined;
      if (code !== 'NotFound' && code !== 'NoSuchKey' && code !== 'NoSuchBucket')
        throw unavailable(error, 'MinIO does not tell whether the folder has a marker');
      // the answer to a HEAD has no code that tells which of the two is missing
      return (await this.lake.hasBucket(bucket)) ? null : undefined;
    }
  }

  /** Writes an empty object unless there is one of that name; false: there is. */
  async write(bucket: string, key: string): Promise<boolean> {
    const calls = new S3Calls(this.minio.s3Endpoint, this.config, TIMEOUT_MS, bucket);
    try {
      await calls.send({ method: 'PUT', key, headers: { 'if-none-match': '*' }, body: Buffer.alloc(0) });
      return true;
    } catch (error) {
      if (error instanceof S3Error && error.code === 'PreconditionFailed') return false;
      throw unavailable(error, 'MinIO did not accept the marker of the folder');
    } finally {
      calls.close();
    }
  }

  /** Removes that version for good. */
  async remove(bucket: string, key: string, { versionId }: Marker): Promise<void> {
    try {
      const which = versionId === null ? {} : { versionId };
      await this.lake.ask((client) => client.removeObject(bucket, key, which));
    } catch (error) {
      throw unavailable(error, 'MinIO did not remove the marker of the folder');
    }
  }
}

function unavailable(error: unknown, detail: string): Error {
  return error instanceof Problem ? error : storageUnavailable(detail, error);
}
