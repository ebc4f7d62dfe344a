import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { StatementRelay } from '../database/statement-relay.js';
import { Relay } from '../network/relay.js';
import { type PostgresServer, startPostgres } from '../servers/postgres.js';
import { tempDir } from '../service/temp.js';
import { secretFile } from '../workflows/steps.js';

export const DATABASE = 'data_products';
/** Everybody but the superuser needs a password. */
const HBA = `host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
`;

export interface Login {
  user: string;
  password: string;
}

/** A PostgreSQL in which data products get schemas. Between it and the service is a relay, which may be cut. */
export class SchemaServer {
  private constructor(
    readonly server: PostgresServer,
    readonly relay: Relay,
    /** Behind it: where the service's statements can be stopped. */
    readonly statements: StatementRelay,
    /** What the service needs to know. */
    readonly env: Record<string, string>,
  ) {}

  static async start(): Promise<SchemaServer> {
    const hba = join(tempDir('hba'), 'pg_hba.conf');
    writeFileSync(hba, HBA);
    chmodSync(join(hba, '..'), 0o755);
    const server = await startPostgres({ settings: [`hba_file=${hba}`, 'log_statement=all'] });
    await server.createDatabase(DATABASE);
    const statements = await StatementRelay.start({ host: '127.0.0.1', port: server.port });
    const relay = await Relay.start({ host: '127.0.0.1', port: statements.port });
    const password = randomBytes(12).toString('hex');
    const url = `postgresql://provisioner@127.0.0.1:${relay.port}/postgres`;
    const target = { name: 'warehouse', kind: 'postgres', url, teams: ['nobody'] };
    const file = join(tempDir('targets'), 'targets.json');
    writeFileSync(file, JSON.stringify({ targets: [{ ...target, password_file: secretFile(password) }] }));
    const found = new SchemaServer(server, relay, statements, {
      TARGETS_FILE: file,
      PRODUCTS_POSTGRES_TARGET: 'warehouse',
    });
    await found.sql(`create role provisioner login createrole password '${password}'`);
    await found.sql(`revoke all on database ${DATABASE} from public`);
    await found.sql(`grant connect, create on database ${DATABASE} to provisioner with grant option`);
    return found;
  }

  /** As a superuser, or as somebody else. */
  async sql(text: string, as?: Login): Promise<any[]> {
    const client = await this.connect(as);
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  async connect(as?: Login): Promise<Client> {
    const port = this.server.port;
    const client = new Client({ host: '127.0.0.1', port, database: DATABASE, user: 'postgres', ...as });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** `ok`, or the code of the refusal. */
  outcome(text: string, as?: Login): Promise<string> {
    return this.sql(text, as).then(
      () => 'ok',
      (error: { code?: string; message: string }) => error.code ?? error.message,
    );
  }

  async stop(): Promise<void> {
    await this.relay.cut();
    await this.statements.stop();
    await this.server.stop();
  }
}

/** What a project is told in its `.env`. */
export async function envOf(projects: string, name: string): Promise<Record<string, string>> {
  const text = await readFile(join(projects, name, '.env'), 'utf8');
  const lines = text.split('\n').filter((line) => line.includes('=') && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

/** With what a project logs in. */
export async function loginOf(projects: string, name: string): Promise<Login> {
  const { POSTGRES_USER: user = '', POSTGRES_PASSWORD: password = '' } = await envOf(projects, name);
  return { user, password };
}
