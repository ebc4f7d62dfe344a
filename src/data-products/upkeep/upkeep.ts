import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { AppConfig } from '../../config/app-config.js';
import type { DataProductRow } from '../../database/schema.js';
import type { SchemaPlace } from '../approved/schema-asset.js';
import type { ProductRef } from '../portal/refs.js';
import { ProductSource } from '../reconcile/product-source.js';
import { ClaimedKeys } from './claimed-keys.js';
import type { ProductProvider } from './product-access.js';
import { Projects } from './projects.js';

/** The pause after a portal rejected the assets of a product. */
const ASSETS_PAUSE_MS = 3_600_000;

interface Enforced {
  subjectName: string;
  providers: readonly ProductProvider[];
  /** Its schema, if it has one. */
  schema: SchemaPlace | undefined;
  actor: RequestContext;
}

type Kept = Partial<
  Pick<
    DataProductRow,
    | 'project'
    | 'ready_set'
    | 'assets_registered'
    | 'assets_problem'
    | 'assets_tried_at'
    | 'schema_registered'
    | 'schema_unregistered_why'
    | 'schema_tried_at'
    | 'port_registered'
    | 'port_unregistered_why'
    | 'port_tried_at'
  >
>;

/** Everything besides a product's access: its claimed keys, its project, and its data in the portal. */
@Injectable()
export class Upkeep {
  constructor(
    private readonly keys: ClaimedKeys,
    private readonly projects: Projects,
    private readonly source: ProductSource,
    private readonly config: AppConfig,
  ) {}

  /** Returns the columns to store. */
  async after(
    ref: ProductRef,
    row: DataProductRow,
    { subjectName, providers, schema, actor }: Enforced,
  ): Promise<Kept> {
    await this.keys.follow(ref, subjectName, actor);
    if (row.prefix === null) return { project: null, ...(await this.ready(ref, row)) };
    const project = await this.projects.ensure(subjectName, row.prefix, providers);
    const registered = await this.register(ref, row, row.prefix);
    const known = schema ? await this.registerSchema(ref, row, schema) : {};
    const port = schema ? await this.registerPort(ref, { ...row, ...known }, schema) : {};
    return { project, ...registered, ...known, ...port, ...(await this.ready(ref, row)) };
  }

  private async ready(ref: ProductRef, { ready_set: set }: DataProductRow): Promise<Kept> {
    if (set) return {};
    await this.source.ready(ref);
    return { ready_set: true };
  }

  private async register(ref: ProductRef, row: DataProductRow, prefix: string): Promise<Kept> {
    const { assets_registered: done, assets_tried_at: tried } = row;
    if (done || isPaused(tried)) return {};
    const problem = await this.source.register(ref, { bucket: this.config.products.bucket, prefix });
    return { assets_registered: problem === null, assets_problem: problem, assets_tried_at: new Date() };
  }

  private async registerSchema(ref: ProductRef, row: DataProductRow, schema: SchemaPlace): Promise<Kept> {
    if (row.schema_registered || isPaused(row.schema_tried_at)) return {};
    const why = await this.source.registerSchema(ref, schema);
    return { schema_registered: why === null, schema_unregistered_why: why, schema_tried_at: new Date() };
  }

  private async registerPort(
    ref: ProductRef,
    row: Pick<DataProductRow, 'schema_registered' | 'port_registered' | 'port_tried_at'>,
    schema: SchemaPlace,
  ): Promise<Kept> {
    if (!this.config.products.postgres?.makesPorts || !row.schema_registered) return {};
    if (row.port_registered || isPaused(row.port_tried_at)) return {};
    const why = await this.source.registerPort(ref, schema);
    return { port_registered: why === null, port_unregistered_why: why, port_tried_at: new Date() };
  }
}

function isPaused(tried: Date | null): boolean {
  return tried !== null && tried.getTime() > Date.now() - ASSETS_PAUSE_MS;
}
