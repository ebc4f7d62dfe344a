import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/node.mjs';
import type { Answer } from '../service/service.js';
import type { Stack } from '../service/stack.js';

/** A request as a directory sends it. */
export interface Recorded {
  is: string;
  method: string;
  path: string;
  body?: object;
  status: number;
  /** The name by which later requests call the id of what it makes. */
  gives?: string;
}

/** The requests of test/fixtures/scim. */
export function recorded(directory: 'entra' | 'okta'): Recorded[] {
  const file = join(ROOT, 'test', 'fixtures', 'scim', `${directory}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as Recorded[];
}

/** A service token, and its entry in SERVICE_TOKENS. */
export function serviceToken(name: string, scopes: string[]) {
  const token = `svc_${randomBytes(16).toString('hex')}`;
  return { token, entry: { name, sha256: createHash('sha256').update(token).digest('hex'), scopes } };
}

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** A directory with its token. */
export class ScimClient {
  constructor(
    private readonly stack: Stack,
    private readonly token: string,
  ) {}

  send(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.stack.service.request(method, `/scim/v2${path}`, {
      token: `Bearer ${this.token}`,
      headers: body === undefined ? {} : { 'content-type': 'application/scim+json' },
      ...(body === undefined ? {} : { body }),
    });
  }

  async make(userName: string, more: object = {}): Promise<string> {
    const { status, body } = await this.send('POST', '/Users', { schemas: [USER], userName, ...more });
    if (status !== 201) throw new Error(`${userName}: ${status} ${JSON.stringify(body)}`);
    return body.id;
  }

  patch(path: string, ...operations: object[]): Promise<Answer> {
    return this.send('PATCH', path, { schemas: [PATCH], Operations: operations });
  }

  setActive(id: string, active: unknown): Promise<Answer> {
    return this.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: active });
  }
}

/** Status and kind of an error, which has SCIM's form. */
export function errorOf({ status, headers, body }: Answer): [number, string | undefined] {
  expect(headers['content-type']).toMatch(/^application\/scim\+json/);
  expect(body).toMatchObject({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    detail: expect.any(String),
  });
  return [status, body.scimType];
}
