import { Injectable } from '@nestjs/common';
import { ProductSource } from '../../data-products/reconcile/product-source.js';
import { SchemaExaminer } from '../../data-products/schemas/schema-health.js';
import { PortalWatch } from '../../data-products/watch/portal-watch.js';
import { type Check, type Checks, type Finding, notConfigured, ok } from './check.js';

const FOLLOW =
  'Make sure that PORTAL_API_URL is set, that it is the same portal with the same database, and that its key sees all products ' +
  '(an administrator of the portal). This service follows it again when every product is found. For products that are really gone: ' +
  'POST /data-products/{id}/confirm-removal';

const SCHEMAS =
  'Create the database, and give the role of the target CREATEROLE and CREATE on the database: docs/data-products-postgres.md';

/** The Data Product Portal, and where its products get schemas. */
@Injectable()
export class PortalChecks implements Checks {
  constructor(
    private readonly products: ProductSource,
    private readonly watch: PortalWatch,
    private readonly schemas: SchemaExaminer,
  ) {}

  list(): Check[] {
    return [
      ['portal', () => this.portal()],
      ['products_postgres', () => this.postgres()],
    ];
  }

  private async postgres(): Promise<Finding> {
    const { configured, detail, trouble } = await this.schemas.examine();
    if (trouble) return { verdict: 'failed', detail, remedy: SCHEMAS };
    return configured ? ok(detail) : notConfigured(detail);
  }

  private async portal(): Promise<Finding> {
    const { braked, waiting } = await this.watch.state();
    if (braked)
      return {
        verdict: 'failed',
        detail: `Since ${braked.since.toISOString()} the portal is not followed and nothing is changed: ${braked.why}`,
        remedy: FOLLOW,
      };
    const { configured, detail, trouble } = await this.products.describe();
    if (trouble) return { verdict: 'failed', ...trouble };
    if (waiting.count === 0) return configured ? ok(detail) : notConfigured(detail);
    const more = waiting.count > waiting.names.length ? ', ...' : '';
    return {
      verdict: 'warning',
      detail: `${detail}; ${waiting.count} data product(s) are missing there and wait for an administrator; nothing was removed: ${waiting.names.join(', ')}${more}`,
      remedy: FOLLOW,
    };
  }
}
