import { Controller, Get, Param } from '@nestjs/common';
import type { RequestContext } from '../auth/authenticated.js';
import { noSuch } from '../common/problems/problem.js';
import { Directory, Scim } from './scim-route.js';
import { resourceTypes, schemas, SERVICE } from './wire/discovery.js';
import { listOf } from './wire/shapes.js';

/** What a directory may ask for here (RFC 7644, section 4). */
@Controller('scim/v2')
export class DiscoveryController {
  @Get('ServiceProviderConfig')
  @Scim()
  config(@Directory() _directory: RequestContext): object {
    return SERVICE;
  }

  @Get('ResourceTypes')
  @Scim()
  async types(@Directory() _directory: RequestContext): Promise<object> {
    return all(await resourceTypes());
  }

  @Get('ResourceTypes/:id')
  @Scim()
  async type(@Param('id') id: string, @Directory() _directory: RequestContext): Promise<object> {
    return one(await resourceTypes(), id);
  }

  @Get('Schemas')
  @Scim()
  async schemas(@Directory() _directory: RequestContext): Promise<object> {
    return all(await schemas());
  }

  @Get('Schemas/:id')
  @Scim()
  async schema(@Param('id') id: string, @Directory() _directory: RequestContext): Promise<object> {
    return one(await schemas(), id);
  }
}

function all(resources: { id: string }[]): object {
  return listOf(resources, { total: resources.length, offset: 0 });
}

function one(resources: { id: string }[], id: string): object {
  const found = resources.find((each) => each.id === id);
  if (!found) throw noSuch('resource');
  return found;
}
