import {
  type ClientAnswer,
  type KbaseClient,
  operations,
  startKbaseClient,
} from '../../support/people/kbase-client.js';
import type { S3 } from '../../support/access/s3.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, startStack } from '../../support/service/stack.js';

export const SQL = 'users-sql-warehouse';
export const GENERAL = 'users-general-warehouse';

/** The service as KBase would run it for its clients. */
export const KBASE = {
  ...NO_LIMITS,
  KBASE_COMPAT: 'true',
  HOME_PREFIXES: `cdm-lake/${SQL},cdm-lake/${GENERAL}`,
  GRANTABLE_BUCKETS: 'cdm-lake',
};

/** A key of the lake as clients write it. */
export const at = (key: string): string => `s3a://cdm-lake/${key}`;

/** Who calls what: the operation, its arguments, and the model and fields of its body. */
type Request = [
  who: string,
  name: string,
  args?: Record<string, string | number>,
  body?: [string, object] | null,
];

/** The service, and a client that KBase generates from its own service's document. */
export class KbaseWorld {
  private constructor(
    readonly stack: Stack,
    private readonly client: KbaseClient,
  ) {}

  /** `people`: who has a pair from the beginning. */
  static async start(...people: string[]): Promise<KbaseWorld> {
    const stack = await startStack({ env: KBASE });
    const world = new KbaseWorld(stack, await startKbaseClient(stack.service.baseUrl));
    for (const who of people) await world.ok('CredentialsResponse', who, 'GET /credentials/');
    return world;
  }

  async stop(): Promise<void> {
    await this.client.stop();
    await this.stack.stop();
  }

  async call(...[who, name, args = {}, body = null]: Request): Promise<ClientAnswer> {
    const caller = who === 'admin' ? this.stack.admin : this.stack.person(who);
    const answer = await this.client.call(caller.token, name, args, body);
    this.stack.secrets.note(name, answer.raw ?? {});
    return answer;
  }

  /** The value of an answer that must be read as this model. */
  async ok(model: string, ...request: Request): Promise<any> {
    const answer = await this.call(...request);
    expect([answer.status < 300 ? 'ok' : answer.status, answer.model, answer.value]).toEqual([
      'ok',
      model,
      answer.value,
    ]);
    return answer.value;
  }

  /** Status, model, number and text of a refusal. */
  async fails(...request: Request): Promise<any[]> {
    const { status, model, value } = await this.call(...request);
    return [status, model, value?.error, value?.message];
  }

  /** An S3 client with the person's current pair. */
  async s3(who: string): Promise<S3> {
    return this.stack.s3(await this.ok('CredentialsResponse', who, 'GET /credentials/'));
  }

  /** Operations of the document below one of these paths that were not called. */
  uncalled(isOf: (path: string) => boolean): string[] {
    const names = [...operations.keys()].filter((name) => isOf(name.split(' ')[1] ?? ''));
    expect(names.length).toBeGreaterThan(0);
    return names.filter((name) => !this.client.called.has(name));
  }
}
