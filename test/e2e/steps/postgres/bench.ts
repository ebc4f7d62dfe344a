import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import {
  POSTGRES_DATABASE,
  POSTGRES_GRANTS,
  POSTGRES_MIGRATE,
  POSTGRES_ROLE,
} from '../../../../src/documents/step-types/types/postgres.js';
import { Deliveries } from '../../../../src/steps/deliver/deliver.js';
import { DatabaseKind } from '../../../../src/steps/postgres/database.kind.js';
import { GrantsKind } from '../../../../src/steps/postgres/grants.kind.js';
import { MigrateKind } from '../../../../src/steps/postgres/migrate.kind.js';
import { RoleKind } from '../../../../src/steps/postgres/role.kind.js';
import type { Targets } from '../../../../src/targets/targets.js';
import { LEAST_POLICY, type OpenBao, startOpenBao } from '../../../support/servers/openbao.js';
import { type PostgresServer, startPostgres } from '../../../support/servers/postgres.js';
import { SecretFinder } from '../../../support/service/secrets.js';
import { secretFile, StepRun, targetsWith } from '../../../support/workflows/steps.js';
import { tempDir } from '../../../support/service/temp.js';

const PASSWORD = 'the password of the provisioner';
/** Everybody but the superuser needs a password, so that those that steps deliver are put to the test. */
const HBA = `host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
`;

export const newName = (what: string) => `${what}_${randomBytes(3).toString('hex')}`;
const withTarget = (input: object) => ({ target: 'db', ...input });

/** A PostgreSQL that steps are run on, a vault that they deliver to, and steps. */
export class PostgresBench {
  server!: PostgresServer;
  bao!: OpenBao;
  targets!: Targets;
  /** Every password that was delivered. */
  readonly secrets = new SecretFinder();

  async start(): Promise<void> {
    const hba = join(tempDir('hba'), 'pg_hba.conf');
    writeFileSync(hba, HBA);
    chmodSync(join(hba, '..'), 0o755);
    this.server = await startPostgres({ settings: [`hba_file=${hba}`, 'log_statement=all'] });
    await this.sql(`create role provisioner login createdb createrole password '${PASSWORD}'`);
    this.bao = await startOpenBao();
    const token = secretFile(await this.bao.tokenWith(LEAST_POLICY));
    const url = this.server.url.replace('postgres@', 'provisioner@');
    this.targets = targetsWith([
      { name: 'db', kind: 'postgres', url, password_file: secretFile(PASSWORD), teams: ['field'] },
      { name: 'wrong', kind: 'postgres', url, password_file: secretFile('not it'), teams: ['field'] },
      { name: 'away', kind: 'postgres', url: 'postgresql://u@127.0.0.1:9/x', teams: ['field'] },
      { name: 'main', kind: 'vault', address: this.bao.address, token_file: token, teams: ['field'] },
    ]);
  }

  async stop(): Promise<void> {
    this.targets.onApplicationShutdown();
    await Promise.all([this.server.stop(), this.bao.stop()]);
  }

  /** As a superuser, or as somebody else. */
  sql = async (
    text: string,
    database = 'postgres',
    as?: { user: string; password: string },
  ): Promise<any[]> => {
    const url = new URL(this.server.url.replace(/postgres$/, database));
    const client = new Client({
      ...{ host: url.hostname, port: Number(url.port), database, user: 'postgres', ...as },
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };

  databaseStep = (input: object) =>
    new StepRun(new DatabaseKind(this.targets), POSTGRES_DATABASE, withTarget(input));
  grantsStep = (input: object) =>
    new StepRun(new GrantsKind(this.targets), POSTGRES_GRANTS, withTarget(input));
  migrateStep = (input: object) =>
    new StepRun(new MigrateKind(this.targets), POSTGRES_MIGRATE, withTarget(input));
  roleStep = (input: object) =>
    new StepRun(new RoleKind(this.targets, new Deliveries(this.targets)), POSTGRES_ROLE, withTarget(input));
  loginStep = (role: string, path: string, more: object = {}) =>
    this.roleStep({ role, login: true, deliver: { vault: { target: 'main', path } }, ...more });

  /** The login that was delivered there. */
  loginAt = async (path: string): Promise<{ user: string; password: string }> => {
    const { username = '', password = '' } = (await this.bao.secret(path)) ?? {};
    this.secrets.add('a delivered password', password);
    return { user: username, password };
  };
}
