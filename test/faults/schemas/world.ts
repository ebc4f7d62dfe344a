import { AUDIENCE, Issuer } from '../../support/auth/issuer.js';
import { type Pair, PortalBench } from '../../support/portal/bench.js';
import { type Login, loginOf, SchemaServer } from '../../support/portal/schemas.js';
import type { Asset } from '../../support/portal/stub/world.js';

const TYPE = 'PostgreSQLTechnicalAssetConfiguration';
const OWNER = 'owner@example.org';

/** A product to which something happens. */
export type Victim = Pair & { name: string; table: string; shown?: Shown };

/** What an owner knows of a product that has no project. */
interface Shown {
  role: string;
  login: Login;
  /** A connection with it has ended. */
  ended: Promise<void>;
}

export const named = (name: string): Victim => ({ name, provider: '', consumer: '', port: '', table: '' });

/** A portal whose products get schemas and output ports, one that many read, and a reader of many. */
export class SchemaWorld {
  /** The port of the product that many read. */
  source = { provider: '', port: '' };

  private constructor(
    readonly bench: PortalBench,
    readonly database: SchemaServer,
    private readonly issuer: Issuer,
  ) {}

  static async start(): Promise<SchemaWorld> {
    const [database, issuer] = await Promise.all([SchemaServer.start(), Issuer.start()]);
    const env = {
      ...{ WORKER_CONCURRENCY: '24', PRODUCTS_ON_DELETE: 'delete', PRODUCTS_POSTGRES_PORT: 'true' },
      ...{ OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE, OIDC_USER_PREFIX: 'sso-' },
    };
    const bench = await PortalBench.start({ version: 'main', env: { ...env, ...database.env } });
    const world = new SchemaWorld(bench, database, issuer);
    const [provider = ''] = await bench.products('source');
    world.source = { provider, port: world.portOf(provider) };
    await database.sql('create table source.t (id int)', await world.loginOf('source'));
    await bench.products('reader');
    return world;
  }

  async stop(): Promise<void> {
    await this.bench.stop();
    await Promise.all([this.database.stop(), this.issuer.stop()]);
  }

  loginOf(name: string): Promise<Login> {
    return loginOf(this.bench.projects, name);
  }

  assetsOf(id: string): Asset[] {
    return this.bench.portal.world.assetsOf(id).filter(({ type }) => type === TYPE);
  }

  /** The port that the service has made for the schema of the product. */
  portOf(id: string): string {
    return this.bench.portal.world.portsOf(id)[0]?.id ?? '';
  }

  async read(consumer: string, table: string): Promise<string> {
    return this.database.outcome(`select from ${table}`, await this.loginOf(consumer));
  }

  /** The groups of a role, and how often it is in each. */
  async groupsOf(member: string): Promise<unknown[]> {
    const rows = await this.database.sql(
      `select g.rolname::text as name, count(*)::int as n from pg_auth_members m join pg_roles g on g.oid = m.roleid
       join pg_roles r on r.oid = m.member where r.rolname = '${member}' group by 1 order by 1`,
    );
    return rows.map(({ name, n }) => [name, n]);
  }

  /** What the server holds of a product's schema, in words that are the same for all. */
  async stateOf(name: string): Promise<unknown> {
    const roles = await this.database.sql(
      `select rolname::text, rolcanlogin, rolsuper, rolcreaterole, rolconnlimit,
         split_part(shobj_description(oid, 'pg_authid'), ';', 1) as comment
       from pg_roles where starts_with(rolname, '${name}_') order by 1`,
    );
    const schemas = await this.database.sql(
      `select nspname::text, nspacl::text, pg_get_userbyid(nspowner)::text as owner, obj_description(oid) as comment,
         (select array_agg(defaclacl::text) from pg_default_acl where defaclnamespace = n.oid) as defaults
       from pg_namespace n where nspname = '${name}'`,
    );
    return JSON.parse(JSON.stringify({ roles, schemas }).replaceAll(name, 'NAME'));
  }

  async consumer(name: string): Promise<Victim> {
    const [id = ''] = await this.bench.products(name);
    return { ...named(name), ...this.source, consumer: id, table: 'source.t' };
  }

  /** The login of a product without a project, as its owner asks for it. */
  async ask(id: string): Promise<Login> {
    const token = await this.issuer.token({ email: OWNER, email_verified: true });
    const answer = await this.bench.stack.caller(token).post(`/data-products/${id}/database-login`);
    if (answer.status !== 200) throw new Error(`${answer.status} for a login`);
    const { user, password } = answer.body;
    this.bench.stack.secrets.add('a password', password);
    return { user, password };
  }

  /** A product whose owner knows the login, and is connected. */
  async known(name: string): Promise<Victim> {
    // no folder can have this name, so it has no project
    const [provider = ''] = await this.bench.products(`-${name}`);
    const login = await this.ask(provider);
    const client = await this.database.connect(login);
    const ended = new Promise<void>((done) => client.on('end', () => done()));
    return { ...named(name), provider, shown: { role: login.user, login, ended } };
  }
}
