import { createHash } from 'node:crypto';
import { S3Error } from 'minio';
import type { MinioAdmin } from './minio-admin.js';
import type { AppConfig } from '../config/app-config.js';
import { S3Calls } from './s3-calls.js';

/** How long one call may take, in milliseconds: a listing or a batch of deletions on slow disks takes seconds. */
export const DATA_TIMEOUT_MS = 10_000;
/** S3's limit of a page. */
const PAGE = 1000;

/** One version of an object, or one delete marker. `versionId` is `null` where the bucket keeps no versions. */
export interface StoredVersion {
  key: string;
  versionId: string;
  lastModified: Date;
}

/** A multipart upload that was neither completed nor aborted. */
export interface OpenUpload {
  key: string;
  uploadId: string;
  initiated: Date;
}

/** Why one object could not be deleted: S3's code and message, without the name of the object. */
export interface DeleteFailure {
  code: string;
  message: string;
}

/** Lists everything that is stored below a prefix of one bucket and deletes it by version. It never decides what is deleted. */
export class PrefixData {
  readonly #all = new Map<string, S3Calls>();

  constructor(
    private readonly config: AppConfig,
    private readonly minio: MinioAdmin,
    private readonly bucket: string,
  ) {}

  get #calls(): S3Calls {
    return this.at(this.minio.s3Endpoint);
  }

  private at(endpoint: string): S3Calls {
    const known = this.#all.get(endpoint) ?? new S3Calls(endpoint, this.config, DATA_TIMEOUT_MS, this.bucket);
    this.#all.set(endpoint, known);
    return known;
  }

  /** A moment that is not yet over by MinIO's clock: its Date header is in whole seconds. Undefined: there is no such bucket. */
  async now(): Promise<Date | undefined> {
    try {
      const { date } = await this.#calls.send({ method: 'GET', query: { location: '' } });
      return new Date(date.getTime() + 1000);
    } catch (error) {
      if (error instanceof S3Error && error.code === 'NoSuchBucket') return undefined;
      throw error;
    }
  }

  /** Every version and delete marker whose key starts with the prefix, in pages. */
  async *versions(prefix: string): AsyncGenerator<StoredVersion[]> {
    let markers: Record<string, string> = {};
    for (;;) {
      const query = { versions: '', prefix, 'encoding-type': 'url', 'max-keys': String(PAGE), ...markers };
      const { xml } = await this.#calls.send({ method: 'GET', query });
      const page = fieldsOf(xml['ListVersionsResult']);
      yield [...rowsOf(page['Version']), ...rowsOf(page['DeleteMarker'])].map((row) => ({
        key: decode(textOf(row['Key'])),
        versionId: textOf(row['VersionId']),
        lastModified: new Date(textOf(row['LastModified'])),
      }));
      if (page['IsTruncated'] !== 'true') return;
      markers = {
        'key-marker': decode(textOf(page['NextKeyMarker'])),
        'version-id-marker': textOf(page['NextVersionIdMarker']),
      };
    }
  }

  /**
   * Whether an object has the name of the folder, without its slash. MinIO then lists nothing below the folder, although its objects exist
   * and can be read by name. Inside the prefix, listing again shows the hidden objects once that object is gone.
   */
  async isHidden(prefix: string): Promise<boolean> {
    const name = prefix.slice(0, -1);
    const query = { versions: '', prefix: name, 'encoding-type': 'url', 'max-keys': '1' };
    const page = fieldsOf((await this.#calls.send({ method: 'GET', query })).xml['ListVersionsResult']);
    const first = [...rowsOf(page['Version']), ...rowsOf(page['DeleteMarker'])][0];
    return first !== undefined && decode(textOf(first['Key'])) === name;
  }

  /**
   * The unfinished uploads whose key starts with the prefix, as far as MinIO lists them: it lists those that a node has received since its
   * start, and only without a prefix. It removes older ones by itself (`stale_uploads_expiry`, 24 hours).
   */
  async uploads(prefix: string): Promise<OpenUpload[]> {
    const found = new Map<string, OpenUpload>();
    const nodes = this.minio.nodes.map(({ endpoint }) => this.at(endpoint));
    for (const node of new Set([this.#calls, ...nodes])) {
      for (const asked of ['', prefix]) await collectUploads(node, asked, found);
    }
    return [...found.values()].filter(({ key }) => key.startsWith(prefix));
  }

  /** Deletes up to 1,000 versions permanently; a version that is gone already counts as deleted. Returns what could not be deleted. */
  async delete(versions: readonly StoredVersion[]): Promise<DeleteFailure[]> {
    const fitting = versions.filter(({ key }) => XML_TEXT.test(key));
    const failures = fitting.length === 0 ? [] : await this.deleteBatch(fitting);
    // a name that XML cannot carry is deleted by a separate request
    for (const version of versions.filter(({ key }) => !XML_TEXT.test(key))) {
      failures.push(...(await this.deleteOne(version)));
    }
    return failures;
  }

  /** Aborts an upload and frees its parts. False: it was gone already, though MinIO may still list it. */
  async abort({ key, uploadId }: OpenUpload): Promise<boolean> {
    try {
      await this.#calls.send({ method: 'DELETE', key, query: { uploadId } });
      return true;
    } catch (error) {
      if (error instanceof S3Error && error.code === 'NoSuchUpload') return false;
      throw error;
    }
  }

  /** Cuts every call that is under way. */
  close(): void {
    for (const calls of this.#all.values()) calls.close();
  }

  private async deleteBatch(versions: readonly StoredVersion[]): Promise<DeleteFailure[]> {
    const objects = versions.map(
      ({ key, versionId }) =>
        `<Object><Key>${escape(key)}</Key><VersionId>${escape(versionId)}</VersionId></Object>`,
    );
    const body = Buffer.from(`<Delete><Quiet>true</Quiet>${objects.join('')}</Delete>`);
    const md5 = createHash('md5').update(body).digest('base64');
    const { xml } = await this.#calls.send({
      method: 'POST',
      query: { delete: '' },
      headers: { 'content-md5': md5, 'content-type': 'application/xml' },
      body,
    });
    return rowsOf(fieldsOf(xml['DeleteResult'])['Error'])
      .map((row) => ({ code: textOf(row['Code']), message: textOf(row['Message']) }))
      .filter(({ code }) => !GONE.test(code));
  }

  private async deleteOne({ key, versionId }: StoredVersion): Promise<DeleteFailure[]> {
    try {
      await this.#calls.send({ method: 'DELETE', key, query: { versionId } });
      return [];
    } catch (error) {
      if (!(error instanceof S3Error) || error.code === undefined) throw error;
      return GONE.test(error.code) ? [] : [{ code: error.code, message: error.message }];
    }
  }
}

const GONE = /^NoSuch(Key|Version)$/;
/** What XML 1.0 can carry. */
const XML_TEXT = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u;

async function collectUploads(calls: S3Calls, prefix: string, found: Map<string, OpenUpload>): Promise<void> {
  let markers: Record<string, string> = {};
  for (let known = -1; known < found.size;) {
    known = found.size;
    const query = { uploads: '', prefix, 'encoding-type': 'url', 'max-uploads': String(PAGE), ...markers };
    const { xml } = await calls.send({ method: 'GET', query });
    const page = fieldsOf(xml['ListMultipartUploadsResult']);
    for (const row of rowsOf(page['Upload'])) {
      const uploadId = textOf(row['UploadId']);
      const key = decode(textOf(row['Key']));
      found.set(`${uploadId} ${key}`, { key, uploadId, initiated: new Date(textOf(row['Initiated'])) });
    }
    // a server that ignores the markers sends the same page again: then nothing is new and the loop ends
    if (page['IsTruncated'] !== 'true') return;
    markers = {
      'key-marker': decode(textOf(page['NextKeyMarker'])),
      'upload-id-marker': textOf(page['NextUploadIdMarker']),
    };
  }
}

/** MinIO encodes names as forms do: a space is a plus sign. */
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', '%20'));
}

function escape(text: string): string {
  return text.replace(/[&<>\r\n\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function rowsOf(value: unknown): Record<string, unknown>[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(fieldsOf);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
