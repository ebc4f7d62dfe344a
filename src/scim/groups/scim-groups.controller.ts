import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { RequestContext } from '../../auth/authenticated.js';
import { Directory, Scim } from '../scim-route.js';
import { ListQuery, ShownQuery } from '../wire/list-query.js';
import { BASE, listOf, readGroup } from '../wire/shapes.js';
import { showGroup } from '../wire/shown.js';
import { ScimGroups } from './scim-groups.js';

@Controller('scim/v2/Groups')
export class ScimGroupsController {
  constructor(private readonly groups: ScimGroups) {}

  @Get()
  @Scim()
  async list(@Query() query: ListQuery, @Directory() _directory: RequestContext): Promise<object> {
    const { groups, total, offset } = await this.groups.list(query);
    return listOf(await Promise.all(groups.map((each) => showGroup(each, query))), { total, offset });
  }

  @Get(':id')
  @Scim()
  async read(
    @Param('id') id: string,
    @Query() query: ShownQuery,
    @Directory() _directory: RequestContext,
  ): Promise<object> {
    return showGroup(await this.groups.read(id, query), query);
  }

  @Post()
  @Scim()
  async create(
    @Body() body: object,
    @Directory() directory: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const group = await this.groups.create(await readGroup(body), directory);
    reply.header('location', `${BASE}/Groups/${group.id}`);
    return showGroup(group);
  }

  @Put(':id')
  @Scim()
  async replace(
    @Param('id') id: string,
    @Body() body: object,
    @Directory() directory: RequestContext,
  ): Promise<object> {
    return showGroup(await this.groups.replace(id, await readGroup(body), directory));
  }

  @Patch(':id')
  @Scim()
  async patch(
    @Param('id') id: string,
    @Body() body: object,
    @Directory() directory: RequestContext,
  ): Promise<object> {
    return showGroup(await this.groups.patch(id, body, directory));
  }

  @Delete(':id')
  @Scim()
  @HttpCode(204)
  remove(@Param('id') id: string, @Directory() directory: RequestContext): Promise<void> {
    return this.groups.remove(id, directory);
  }
}
