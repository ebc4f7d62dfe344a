import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { S3Error } from 'minio';
import { AppConfig } from '../../config/app-config.js';
import { MadminError } from '../../madmin/errors.js';
import { Lake, type Versioning } from '../lake.js';
import { MinioAdmin, storageUnavailable } from '../minio-admin.js';
import { type S3Call, S3Calls } from '../s3-calls.js';

/** How long one call may take, in milliseconds. */
const TIMEOUT_MS = 3000;

/** The settings of a bucket. */
export interface Settings {
  versioning: Versioning;
  /** The most bytes that it may hold; null: no limit. */
  quota: number | null;
  tags: Readonly<Record<string, string>>;
}

/** What a new bucket has. */
export const OF_A_NEW_BUCKET: Settings = { versioning: 'never', quota: null, tags: {} };

/** Reads and changes the settings of buckets. Every method throws `storage_unavailable` when MinIO does not answer. */
@Injectable()
export class BucketSettings {
  constructor(
    private readonly lake: Lake,
    private readonly minio: MinioAdmin,
    private readonly config: AppConfig,
  ) {}

  /** Undefined: there is no such bucket. */
  async of(bucket: string): Promise<Settings | undefined> {
    try {
      const quota = await this.minio.client.buckets.quota(bucket);
      const [versioning, tags] = await Promise.all([this.lake.versioningOf(bucket), this.tagsOf(bucket)]);
      return { versioning, quota, tags };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw this.minio.toProblem(error);
    }
  }

  async setVersioning(bucket: string, state: 'enabled' | 'suspended'): Promise<void> {
    const status = state === 'enabled' ? 'Enabled' : 'Suspended';
    const text = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
    await this.send(bucket, { method: 'PUT', query: { versioning: '' }, ...xml(text) });
  }

  async setQuota(bucket: string, bytes: number | null): Promise<void> {
    try {
      await this.minio.client.buckets.setQuota(bucket, bytes);
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }

  /** Replaces all tags of the bucket. */
  async setTags(bucket: string, tags: Readonly<Record<string, string>>): Promise<void> {
    const all = Object.entries(tags);
    const query = { tagging: '' };
    if (all.length === 0) return void (await this.send(bucket, { method: 'DELETE', query }));
    const set = all.map(
      ([key, value]) => `<Tag><Key>${escape(key)}</Key><Value>${escape(value)}</Value></Tag>`,
    );
    const text = `<Tagging><TagSet>${set.join('')}</TagSet></Tagging>`;
    await this.send(bucket, { method: 'PUT', query, ...xml(text) });
  }

  private async tagsOf(bucket: string): Promise<Record<string, string>> {
    try {
      const answer = await this.send(bucket, { method: 'GET', query: { tagging: '' } });
      const { Tag: tags = [] } = fieldsOf(fieldsOf(answer['Tagging'])['TagSet']);
      const all = (Array.isArray(tags) ? tags : [tags]).map(fieldsOf);
      return Object.fromEntries(all.map(({ Key, Value }) => [textOf(Key), textOf(Value)]));
    } catch (error) {
      if (error instanceof S3Error && error.code === 'NoSuchTagSet') return {};
      throw error;
    }
  }

  private async send(bucket: string, call: S3Call): Promise<Record<string, unknown>> {
    const calls = new S3Calls(this.minio.s3Endpoint, this.config, TIMEOUT_MS, bucket);
    try {
      return (await calls.send(call)).xml;
    } catch (error) {
      if (
        error instanceof S3Error &&
        error.code !== undefined &&
        !/^(Slow|Internal|Service)/.test(error.code)
      )
        throw error;
      throw storageUnavailable('MinIO does not tell or change the settings of the bucket', error);
    } finally {
      calls.close();
    }
  }
}

function isGone(error: unknown): boolean {
  if (error instanceof S3Error) return error.code === 'NoSuchBucket';
  return error instanceof MadminError && error.code === 'not_found';
}

function xml(text: string): Pick<S3Call, 'headers' | 'body'> {
  const body = Buffer.from(text);
  const md5 = createHash('md5').update(body).digest('base64');
  return { headers: { 'content-md5': md5, 'content-type': 'application/xml' }, body };
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
