import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Client } from 'minio';
import { AppConfig } from '../config/app-config.js';
import type { Session } from '../madmin/types.js';
import { MinioAdmin } from './minio-admin.js';

const TIMEOUT_MS = 2000;
const LONG_AGO = '1999-01-01T00:00:00Z';

/** What a probe found: `holds`, `broken`, or why it could not tell. */
export type ProbeResult = 'holds' | 'broken' | { unclear: string };

/**
 * Asks the live server whether it has known holes. Every probe names a bucket that does not exist: a request that is let through answers
 * 404 instead of 403, and nothing is ever read or written.
 */
@Injectable()
export class ServerProbes {
  readonly #bucket = `mgr-doctor-${randomBytes(8).toString('hex')}`;

  constructor(
    private readonly config: AppConfig,
    private readonly minio: MinioAdmin,
  ) {}

  /** Seconds between MinIO's clock and ours, by the Date header (whole seconds). MinIO refuses signatures more than 900 apart. */
  async clockSkewSeconds(): Promise<number> {
    const answer = await this.send('/minio/health/live', { method: 'HEAD' });
    const date = Date.parse(answer.headers.get('date') ?? '');
    return Math.round((Date.now() - date) / 1000);
  }

  /** Whether a header or a second query key named `prefix` satisfies a condition on `s3:prefix`, which keeps listings apart. */
  async prefixCondition(): Promise<ProbeResult> {
    const allowed = 'mgr-doctor/';
    const session = await this.session('s3:ListBucket', { StringLike: { 's3:prefix': [`${allowed}*`] } });
    const listing = { 'list-type': '2', prefix: '' };
    return this.compare(session, listing, [
      { query: listing, headers: { prefix: allowed } },
      { query: { ...listing, Prefix: allowed }, headers: {} },
    ]);
  }

  /** Whether a header named `currenttime` satisfies a condition on `aws:CurrentTime`, which ends grants while this service is down. */
  async timeCondition(): Promise<ProbeResult> {
    const session = await this.session('s3:GetBucketLocation', {
      DateLessThan: { 'aws:CurrentTime': ['2000-01-01T00:00:00Z'] },
    });
    const location = { location: '' };
    return this.compare(session, location, [{ query: location, headers: { currenttime: LONG_AGO } }]);
  }

  /** Whether a request for the tags of an object tells that the object is not there, to a caller who may not know. */
  async objectTagging(): Promise<ProbeResult> {
    const session = await this.session('s3:GetBucketLocation');
    const control = await this.get(session, {}, {}, 'mgr-doctor');
    if (control !== 403) return { unclear: `a request that must be refused was answered ${control}` };
    return verdictOf(await this.get(session, { tagging: '' }, {}, 'mgr-doctor'));
  }

  /** Whether an upload with an unsigned trailer is let in by an access key alone, without a signature (CVE-2026-41145). */
  async unsignedTrailer(): Promise<ProbeResult> {
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const query = new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${this.config.minio.accessKey}/${date.slice(0, 8)}/${this.config.minio.region}/s3/aws4_request`,
      'X-Amz-Date': date,
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': '0'.repeat(64),
    });
    const answer = await this.send(`/${this.#bucket}/probe?${query.toString()}`, {
      method: 'PUT',
      body: '0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
      headers: {
        'x-amz-date': date,
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-trailer': 'x-amz-checksum-crc32',
        'x-amz-decoded-content-length': '0',
        'content-encoding': 'aws-chunked',
      },
    });
    return verdictOf(answer.status);
  }

  private session(action: string, condition?: Record<string, Record<string, string[]>>): Promise<Session> {
    const { accessKey, secretKey } = this.config.minio;
    const statement = {
      Effect: 'Allow' as const,
      Action: [action],
      Resource: [`arn:aws:s3:::${this.#bucket}`],
      ...(condition && { Condition: condition }),
    };
    const policy = { Version: '2012-10-17' as const, Statement: [statement] };
    return this.minio.client.sts.assumeRole(
      { accessKey, secretKey: secretKey.reveal() },
      { durationSeconds: 900, policy },
    );
  }

  private async compare(
    session: Session,
    plain: Record<string, string>,
    tricks: { query: Record<string, string>; headers: Record<string, string> }[],
  ): Promise<ProbeResult> {
    const control = await this.get(session, plain, {});
    if (control !== 403) return { unclear: `a request that must be refused was answered ${control}` };
    for (const { query, headers } of tricks) {
      const verdict = verdictOf(await this.get(session, query, headers));
      if (verdict !== 'holds') return verdict;
    }
    return 'holds';
  }

  /** A presigned request: its signature covers the host only, so headers can be added freely, as any client could. */
  private async get(
    session: Session,
    query: Record<string, string>,
    headers: Record<string, string>,
    key = '',
  ): Promise<number> {
    const { hostname, port, protocol } = new URL(this.config.minio.endpoint);
    const client = new Client({
      endPoint: hostname,
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      useSSL: protocol === 'https:',
      accessKey: session.accessKey,
      secretKey: session.secretKey,
      sessionToken: session.sessionToken,
      region: this.config.minio.region,
    });
    const url = new URL(await client.presignedUrl('GET', this.#bucket, key, 60, query));
    return (await this.send(url.pathname + url.search, { headers })).status;
  }

  private async send(
    path: string,
    request: { method?: string; headers?: Record<string, string>; body?: string },
  ) {
    const answer = await fetch(this.config.minio.endpoint + path, {
      ...request,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    return answer;
  }
}

function verdictOf(status: number): ProbeResult {
  if (status === 404 || status === 200) return 'broken';
  return status === 403 || status === 400 || status === 401
    ? 'holds'
    : { unclear: `the server answered ${status}` };
}
