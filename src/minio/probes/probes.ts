import type { ProbeNames } from './probe-policy.js';
import type { ProbeTarget } from './probe-target.js';

/** The result of a probe: the requests by which the hole is open (none: it is closed), or why the probe is inconclusive. */
export interface ProbeResult {
  open: readonly string[];
  unclear?: string;
}

/** One request of a probe, named by its difference from the plain request, which must be refused. */
type Attempt = [by: string, send: () => Promise<number>];

const LONG_AGO = '1999-01-01T00:00:00Z';
/** An archive without entries. */
const EMPTY_TAR = new Uint8Array(1024);
const NO_SIGNATURE = '0'.repeat(64);

/** The probes of a MinIO at one address. None reads or writes anything. */
export class Probes {
  /** `accessKey`: a key that the address knows; no secret is sent with it. */
  constructor(
    private readonly target: ProbeTarget,
    private readonly names: ProbeNames,
    private readonly known: { accessKey: string; region: string },
  ) {}

  /** Whether anything but the prefix satisfies `s3:prefix`, which keeps listings apart, in the documents of this service. */
  prefixCondition(): Promise<ProbeResult> {
    return this.listing(this.names.ours, ['header', 'headerAlone', 'otherCase', 'repeated']);
  }

  /** Whether a repeated `prefix` satisfies a condition that has StringLike alone, as people write it by hand. */
  repeatedKey(): Promise<ProbeResult> {
    return this.listing(this.names.plain, ['repeated']);
  }

  /** Whether a value from the client satisfies `aws:CurrentTime`, which ends grants while this service is down. */
  timeCondition(): Promise<ProbeResult> {
    const at = { bucket: this.names.dated };
    const location = { location: '' };
    return this.refused(
      () => this.target.ask({ ...at, query: location }),
      [
        [
          'a header named currenttime',
          () => this.target.ask({ ...at, query: location, unsigned: { currenttime: LONG_AGO } }),
        ],
        [
          'a query key Currenttime',
          () => this.target.ask({ ...at, query: { ...location, Currenttime: LONG_AGO } }),
        ],
        [
          'a query key CurrentTime',
          () => this.target.ask({ ...at, query: { ...location, CurrentTime: LONG_AGO } }),
        ],
      ],
    );
  }

  /** Whether a request for the tags of an object reveals to an unauthorized caller that the object does not exist. */
  objectTagging(): Promise<ProbeResult> {
    const at = { bucket: this.names.plain, key: this.names.folder };
    const query = { tagging: '' };
    return this.refused(
      () => this.target.ask(at),
      [
        ['GetObjectTagging', () => this.target.ask({ ...at, query })],
        ['DeleteObjectTagging', () => this.target.ask({ ...at, query, method: 'DELETE' })],
      ],
    );
  }

  /** Whether an access key alone, without a signature, is enough for an upload with an unsigned trailer (CVE-2026-41145). */
  unsignedTrailer(): Promise<ProbeResult> {
    const headers = {
      'x-amz-trailer': 'x-amz-checksum-crc32',
      'x-amz-decoded-content-length': '0',
      'content-encoding': 'aws-chunked',
    };
    const body = '0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n';
    return attempts([['a signature in the address', () => this.unsigned('query', headers, body)]]);
  }

  /** The same for an archive that MinIO unpacks (CVE-2026-40344). */
  unsignedArchive(): Promise<ProbeResult> {
    const headers = { 'x-amz-meta-snowball-auto-extract': 'true' };
    return attempts([
      ['a signature in the address', () => this.unsigned('query', headers, EMPTY_TAR)],
      ['a signature in a header', () => this.unsigned('header', headers, EMPTY_TAR)],
    ]);
  }

  /** Whether an unsigned header turns a presigned PUT into a copy of what the signer may read (SN-2026-011). */
  async unsignedCopySource(): Promise<ProbeResult> {
    const at = { bucket: this.names.open, key: 'copy' };
    const control = await this.target.putPresigned(at);
    if (control !== 404) return { open: [], unclear: `a permitted upload was answered ${control}` };
    const source = { 'x-amz-copy-source': `/${this.names.open}/source` };
    return attempts([['x-amz-copy-source', () => this.target.putPresigned(at, source)]]);
  }

  private listing(
    bucket: string,
    by: ('header' | 'headerAlone' | 'otherCase' | 'repeated')[],
  ): Promise<ProbeResult> {
    const allowed = `${this.names.folder}/`;
    const query = { 'list-type': '2', prefix: '' };
    const forms: Record<(typeof by)[number], Attempt> = {
      header: [
        'a header named prefix',
        () => this.target.ask({ bucket, query, unsigned: { prefix: allowed } }),
      ],
      headerAlone: [
        'a header named prefix without the query key',
        () => this.target.ask({ bucket, query: { 'list-type': '2' }, unsigned: { prefix: allowed } }),
      ],
      otherCase: [
        'a query key Prefix',
        () => this.target.ask({ bucket, query: { ...query, Prefix: allowed } }),
      ],
      repeated: [
        'a repeated query key prefix',
        () => this.target.ask({ bucket, query: { ...query, prefix: ['', allowed] } }),
      ],
    };
    return this.refused(
      () => this.target.ask({ bucket, query }),
      by.map((form) => forms[form]),
    );
  }

  /** The attempts count only if the plain request is refused. */
  private async refused(plain: () => Promise<number>, tricks: Attempt[]): Promise<ProbeResult> {
    const control = await plain();
    if (control !== 403)
      return { open: [], unclear: `a request that must be refused was answered ${control}` };
    return attempts(tricks);
  }

  /** A PUT in another user's name with a made-up signature. */
  private unsigned(
    place: 'query' | 'header',
    more: Record<string, string>,
    body: string | Uint8Array<ArrayBuffer>,
  ): Promise<number> {
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const credential = `${this.known.accessKey}/${date.slice(0, 8)}/${this.known.region}/s3/aws4_request`;
    const headers = {
      'x-amz-date': date,
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      ...more,
    };
    const path = `/${this.names.open}/unsigned`;
    if (place === 'header') {
      const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=${NO_SIGNATURE}`;
      return this.target.send(path, { method: 'PUT', headers: { ...headers, authorization }, body });
    }
    const query = new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': credential,
      'X-Amz-Date': date,
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': NO_SIGNATURE,
    });
    return this.target.send(`${path}?${query.toString()}`, { method: 'PUT', headers, body });
  }
}

/** The attempts that are let through. */
async function attempts(list: Attempt[]): Promise<ProbeResult> {
  const open: string[] = [];
  const unclear: string[] = [];
  for (const [by, send] of list) {
    const status = await send();
    if (status === 404 || status === 200) open.push(by);
    else if (![400, 401, 403].includes(status)) unclear.push(`${by}: the server answered ${status}`);
  }
  return { open, ...(unclear.length > 0 && { unclear: unclear.join('; ') }) };
}
