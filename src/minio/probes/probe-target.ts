import { Client } from 'minio';
import { Signer } from '../../madmin/signing.js';
import type { Session } from '../../madmin/types.js';

const TIMEOUT_MS = 2000;

export interface ProbeRequest {
  method?: 'GET' | 'PUT' | 'DELETE';
  bucket: string;
  key?: string;
  query?: Record<string, string | string[]>;
  /** Sent, but not signed: what anybody can add to a request. */
  unsigned?: Record<string, string>;
}

/** MinIO at one address, as a client with its own session sees it. */
export class ProbeTarget {
  constructor(
    readonly endpoint: string,
    private readonly region: string,
    private readonly session: Session,
  ) {}

  /** The status of the answer to a request that is signed by the session. */
  async ask({ method = 'GET', bucket, key, query = {}, unsigned = {} }: ProbeRequest): Promise<number> {
    const { accessKey, secretKey, sessionToken } = this.session;
    const { host } = new URL(this.endpoint);
    const signer = new Signer({
      host,
      service: 's3',
      region: this.region,
      credentials: { accessKey, secretKey },
    });
    const path = key === undefined ? `/${bucket}` : `/${bucket}/${key}`;
    const signed = signer.sign({
      method,
      path,
      query,
      headers: { 'x-amz-security-token': sessionToken },
    });
    const { host: _, ...headers } = signed.headers;
    return this.send(signed.target, { method, headers: { ...headers, ...unsigned } });
  }

  /** The same for a presigned PUT of an empty body: its signature covers only the address. */
  async putPresigned(
    { bucket, key = '' }: ProbeRequest,
    unsigned: Record<string, string> = {},
  ): Promise<number> {
    const { hostname, port, protocol } = new URL(this.endpoint);
    const client = new Client({
      endPoint: hostname,
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      useSSL: protocol === 'https:',
      accessKey: this.session.accessKey,
      secretKey: this.session.secretKey,
      sessionToken: this.session.sessionToken,
      region: this.region,
      pathStyle: true,
    });
    const url = new URL(await client.presignedUrl('PUT', bucket, key, 60));
    return this.send(url.pathname + url.search, { method: 'PUT', headers: unsigned, body: '' });
  }

  /** Sends a request as it is. */
  async send(target: string, request: RequestInit): Promise<number> {
    const answer = await fetch(this.endpoint + target, {
      ...request,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    return answer.status;
  }
}
