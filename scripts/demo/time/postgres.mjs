// PostgreSQL beside the demo, with the server programs of the machine.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../child.mjs';
import { ownsPort } from '../../port-owner.mjs';
import {
  asPostgres,
  findPostgres,
  giveToPostgres,
  NO_POSTGRES,
  runAsPostgres,
} from '../../servers/postgres.mjs';
import { choosePort } from '../settings.mjs';
import { Part, writePrivate } from './part.mjs';

const SUPERUSER = 'postgres';
/** The role of the service, as docs/targets.md has it. */
const ROLE = 'provisioner';

export class PostgresPart extends Part {
  name = 'PostgreSQL';
  #dataDir;
  #place;

  /**
   * @param {string} dataDir absolute
   * @param {{ postgres?: string }} place remembers its folder where that is not in `dataDir`
   */
  constructor(dataDir, place) {
    // ends connections and writes what it has
    super('SIGINT');
    this.#dataDir = dataDir;
    this.#place = place;
  }

  get url() {
    return `postgresql://${ROLE}@127.0.0.1:${this.port}/postgres`;
  }

  get target() {
    const password = join(this.#dataDir, 'postgres-password');
    return { name: 'databases', kind: 'postgres', url: this.url, password_file: password, teams: 'all' };
  }

  lacks() {
    return findPostgres() ? undefined : NO_POSTGRES;
  }

  async answers() {
    return this.#query(ROLE, this.#password(), ['select 1']);
  }

  async start(say) {
    const bin = findPostgres();
    if (!bin) throw new Error(NO_POSTGRES);
    say(`Starting PostgreSQL (${bin}) ...`);
    const dir = this.#folder();
    const superuser = join(dir, 'superuser-password');
    if (!existsSync(join(dir, 'data'))) initialise(bin, dir, superuser);
    this.port = await choosePort('DEMO_POSTGRES_PORT', process.env.DEMO_POSTGRES_PORT, 5432, say);
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories='];
    // statements may have a password: a failed one is not logged
    settings.push('log_min_error_statement=panic', 'shared_buffers=32MB');
    const args = [
      '-D',
      join(dir, 'data'),
      '-p',
      String(this.port),
      ...settings.flatMap((each) => ['-c', each]),
    ];
    this.spawn(join(bin, 'postgres'), args, { ...asPostgres(), deathSignal: 'QUIT', cwd: dir });
    const secret = readFileSync(superuser, 'utf8');
    await waitFor('PostgreSQL', async () => {
      this.requireRunning();
      const answers = await this.#query(SUPERUSER, secret, ['select 1']).catch(() => false);
      return answers && ownsPort(this.pid, this.port);
    });
    await this.#prepare(secret);
  }

  /** The role of the service: it may create databases and roles, and is no superuser. */
  async #prepare(secret) {
    writePrivate(this.target.password_file, this.#password() ?? randomBytes(24).toString('hex'));
    const rights = `LOGIN CREATEDB CREATEROLE PASSWORD '${this.#password()}'`;
    await this.#query(SUPERUSER, secret, [
      `DO $$ BEGIN CREATE ROLE ${ROLE}; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      `ALTER ROLE ${ROLE} ${rights}`,
    ]);
  }

  #password() {
    const { password_file } = this.target;
    return existsSync(password_file) ? readFileSync(password_file, 'utf8') || undefined : undefined;
  }

  /** Root's PostgreSQL runs as another user, who may not enter the folders of root: its folder then is one for temporary files. */
  #folder() {
    if (!asPostgres().user) {
      const dir = join(this.#dataDir, 'postgres');
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      return dir;
    }
    if (!this.#place.postgres || !existsSync(this.#place.postgres))
      this.#place.postgres = mkdtempSync(join(tmpdir(), 'minio-manager-demo-postgres-'));
    giveToPostgres(this.#place.postgres);
    return this.#place.postgres;
  }

  async #query(user, password, statements) {
    const { default: pg } = await import('pg');
    const place = { host: '127.0.0.1', port: this.port, user, password, database: 'postgres' };
    const client = new pg.Client({ ...place, connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      for (const statement of statements) await client.query(statement);
      return true;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** All or nothing: what an interrupted one has left is made again. */
function initialise(bin, dir, superuser) {
  const unfinished = join(dir, 'data.new');
  rmSync(unfinished, { recursive: true, force: true });
  writePrivate(superuser, randomBytes(24).toString('hex'));
  const pwfile = join(dir, 'password.new');
  writePrivate(pwfile, readFileSync(superuser, 'utf8'));
  giveToPostgres(pwfile);
  const how = ['-A', 'scram-sha-256', '-U', SUPERUSER, `--pwfile=${pwfile}`, '--no-locale', '-E', 'UTF8'];
  runAsPostgres([join(bin, 'initdb'), '-D', unfinished, ...how], dir);
  rmSync(pwfile);
  renameSync(unfinished, join(dir, 'data'));
}
