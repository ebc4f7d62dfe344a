import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  HttpStatus,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { whenAnswered } from '../../common/http/answer-end.js';
import { decodeCursor, pageOf } from '../../common/paging/paging.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { IssuedAccessKeyDto } from '../../credentials/dto/access-key.dto.js';
import { TaskDto, taskOf } from '../../provisioning/http/task.dto.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import { reconcileRequest } from '../reconcile/requests.js';
import { RemovalConfirmation } from '../removal/removal-confirmation.js';
import { DataProductDetailDto, DataProductListQuery, DataProductPageDto } from './data-product.dto.js';
import { DataProductsStore } from './data-products.store.js';
import { ProductClaims } from './product-claims.js';
import { ProductReader } from './product-reader.js';

@ApiTags('Data products')
@Controller('data-products')
export class DataProductsController {
  constructor(
    private readonly products: DataProductsStore,
    private readonly reader: ProductReader,
    private readonly claims: ProductClaims,
    private readonly provisions: Provisions,
    private readonly removals: RemovalConfirmation,
  ) {}

  /** List data products */
  @Get()
  @Authenticated()
  @ApiOkResponse({ type: DataProductPageDto, description: 'A page of data products' })
  @Problems('unprocessable')
  async list(@Query() { limit, cursor, ...filter }: DataProductListQuery): Promise<DataProductPageDto> {
    const [rows, total] = await Promise.all([
      this.products.list(filter, limit + 1, decodeCursor(cursor)),
      this.products.count(filter),
    ]);
    const shown = await Promise.all(rows.slice(0, limit).map((row) => this.reader.show(row)));
    return { items: shown, total, next_cursor: pageOf(rows, limit, ({ id }) => id, String).next_cursor };
  }

  /** Show a data product, the data it can access and the products that can access its data */
  @Get(':product')
  @Authenticated()
  @ApiOkResponse({ type: DataProductDetailDto, description: 'The data product' })
  @Problems('not_found')
  async show(@Param('product') id: string): Promise<DataProductDetailDto> {
    return this.reader.detail(await this.reader.require(id));
  }

  /** Reconcile a data product again */
  @Post(':product/reconcile')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ limit: 'writes' })
  @ApiAcceptedResponse({ type: TaskDto, description: 'It will be reconciled' })
  @Problems('not_found')
  async reconcile(@Param('product') id: string, @CallerParam() context: RequestContext): Promise<TaskDto> {
    const { kind } = await this.reader.require(id);
    return taskOf(
      await this.provisions.submit({ ...reconcileRequest({ kind, id }), origin: 'api' }, context),
    );
  }

  /**
   * Confirm that a data product which is missing in the portal is gone, and remove it
   * @remarks Its keys and grants end first; then its project and data are handled as PRODUCTS_ON_DELETE says, even if its access ended
   * earlier (`data_waits`). The portal is asked once more: a product that it has is not removed. A repeated call changes nothing.
   */
  @Post(':product/confirm-removal')
  @HttpCode(HttpStatus.ACCEPTED)
  @Authenticated({ limit: 'writes' })
  @ApiAcceptedResponse({ type: TaskDto, description: 'It will be removed' })
  @Problems('not_found', 'not_possible', 'portal_unavailable', 'portal_error')
  async confirmRemoval(
    @Param('product') id: string,
    @CallerParam() context: RequestContext,
  ): Promise<TaskDto> {
    return taskOf(await this.removals.confirm(id, context));
  }

  /**
   * Claim a new access key of the data product: its secret is shown only once
   * @remarks For administrators, and for people whom the portal lists as owners by the verified e-mail address in their token.
   */
  @Post(':product/claim')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ people: true, limit: 'credentials' })
  @Header('cache-control', 'no-store')
  @ApiOkResponse({ type: IssuedAccessKeyDto, description: 'A new access key' })
  @Problems(
    'not_found',
    'not_possible',
    'claimed',
    'too_many_access_keys',
    'storage_error',
    'storage_unavailable',
    'busy',
    'portal_unavailable',
    'portal_error',
  )
  claim(
    @Param('product') id: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) { raw }: FastifyReply,
  ): Promise<IssuedAccessKeyDto> {
    return this.claims.claim(id, context, (ended) => whenAnswered(raw, ended));
  }

  /** Allow the data product to be claimed once more */
  @Delete(':product/claim')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Authenticated({ limit: 'writes' })
  @ApiNoContentResponse({ description: 'It can be claimed' })
  @Problems('not_found')
  reopen(@Param('product') id: string): Promise<void> {
    return this.claims.reopen(id);
  }
}
