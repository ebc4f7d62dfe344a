import { type Fleet, ask, bodyOf } from '../service/fleet.js';
import { S3, outcome } from './s3.js';
import type { Service } from '../service/service.js';
import { LAKE } from './probe.js';

export type Rights = 'nothing' | 'read' | 'write';

/** People with homes, S3 clients and folders to share, made through one process of a fleet. */
export class Folders {
  private readonly clients = new Map<string, S3>();
  private readonly keys = new Map<string, { accessKey: string; secretKey: string }>();
  private count = 0;

  constructor(private readonly fleet: Fleet) {}

  /** Somebody new, with a home and a client. */
  async person(service: Service, prefix: string): Promise<string> {
    const name = this.fleet.person(prefix);
    const { access_key: accessKey, secret_key: secretKey } = await bodyOf(ask.pair(service, name), 201);
    this.keys.set(name, { accessKey, secretKey });
    this.clients.set(name, new S3({ endpoint: this.fleet.minio.endpoint, accessKey, secretKey }));
    return name;
  }

  /** A new group. */
  async group(service: Service, body: object): Promise<string> {
    const name = `Group_${(this.count += 1)}`;
    await bodyOf(ask.saveGroup(service, name, body), 201);
    return name;
  }

  /** A new folder in the home with an object in it, as the API is told it. */
  async folder(owner: string): Promise<string> {
    const key = `users-warehouse/${owner}/folder${(this.count += 1)}/`;
    await this.clients.get(owner)?.put(LAKE, `${key}there`);
    return `s3a://${LAKE}/${key}`;
  }

  /** What somebody may do in a folder, as MinIO has it. */
  async rights(name: string, path: string): Promise<Rights> {
    const known: Record<string, Rights> = {
      ...{ 'true,true,true': 'write', 'true,true,false': 'read', 'false,false,false': 'nothing' },
    };
    // a change may come between the three questions: then they are asked again
    for (let attempt = 1; ; attempt += 1) {
      const all = (await this.ask(name, path)).join();
      const rights = known[all];
      if (rights) return rights;
      if (attempt === 3) throw new Error(`${name} half reaches ${path}: ${all}`);
    }
  }

  /** Whether somebody reads, lists, writes. */
  private async ask(name: string, path: string): Promise<boolean[]> {
    const client = this.clients.get(name);
    if (!client) throw new Error(`${name} is nobody`);
    const key = path.slice(`s3a://${LAKE}/`.length);
    const outcomes = await Promise.all([
      outcome(() => client.get(LAKE, `${key}there`)),
      outcome(() => client.list(LAKE, key)),
      outcome(() => client.put(LAKE, `${key}by-${name}`)),
    ]);
    return outcomes.map((each) => each === 'ok');
  }

  /** Whether somebody reads the folder who tells MinIO by a header what time it is. */
  async readsAt(name: string, path: string, time: string): Promise<string> {
    const { accessKey, secretKey } = this.keys.get(name) as { accessKey: string; secretKey: string };
    const s3 = new S3({ endpoint: this.fleet.minio.endpoint, accessKey, secretKey });
    s3.client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers.currenttime = time;
        return next(args);
      },
      { step: 'build' },
    );
    try {
      return await outcome(() => s3.get(LAKE, `${path.slice(`s3a://${LAKE}/`.length)}there`));
    } finally {
      s3.close();
    }
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
  }
}
