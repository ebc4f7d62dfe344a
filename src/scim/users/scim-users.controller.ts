import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { RequestContext } from '../../auth/authenticated.js';
import { Directory, Scim } from '../scim-route.js';
import { ListQuery, ShownQuery } from '../wire/list-query.js';
import { BASE, listOf, readUser } from '../wire/shapes.js';
import { showUser } from '../wire/shown.js';
import { ScimUsers } from './scim-users.js';

@Controller('scim/v2/Users')
export class ScimUsersController {
  constructor(private readonly users: ScimUsers) {}

  @Get()
  @Scim()
  async list(@Query() query: ListQuery, @Directory() _directory: RequestContext): Promise<object> {
    const { users, total, offset } = await this.users.list(query);
    return listOf(await Promise.all(users.map((each) => showUser(each, query))), { total, offset });
  }

  @Get(':id')
  @Scim()
  async read(
    @Param('id') id: string,
    @Query() query: ShownQuery,
    @Directory() _directory: RequestContext,
  ): Promise<object> {
    return showUser(await this.users.read(id), query);
  }

  @Post()
  @Scim()
  async create(
    @Body() body: object,
    @Directory() directory: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const user = await this.users.create(await readUser(body), directory);
    reply.header('location', `${BASE}/Users/${user.id}`);
    return showUser(user);
  }

  @Put(':id')
  @Scim()
  async replace(
    @Param('id') id: string,
    @Body() body: object,
    @Directory() directory: RequestContext,
  ): Promise<object> {
    return showUser(await this.users.replace(id, await readUser(body), directory));
  }

  @Patch(':id')
  @Scim()
  async patch(
    @Param('id') id: string,
    @Body() body: object,
    @Directory() directory: RequestContext,
  ): Promise<object> {
    return showUser(await this.users.patch(id, body, directory));
  }

  @Delete(':id')
  @Scim()
  @HttpCode(204)
  remove(@Param('id') id: string, @Directory() directory: RequestContext): Promise<void> {
    return this.users.remove(id, directory);
  }
}
