import { Controller, Get, Headers, Post, type RawBodyRequest, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { brokenRule } from '../../common/problems/problem.js';
import { Kbase } from '../kbase-route.js';
import { Polaris } from './polaris.js';

type ForwardedRequest = RawBodyRequest<FastifyRequest<{ Params: { '*': string } }>>;

/** What names of users, tenants and operations are made of: nothing here can lead out of `/polaris/`. */
const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._@~-]+$/;

/** `/polaris/*`, forwarded with the caller's own token; only people, because a service token of ours is nobody else's business. */
@Controller('polaris')
export class PolarisController {
  constructor(private readonly polaris: Polaris) {}

  @Get('*')
  @Kbase({ person: true })
  read(
    @Req() request: ForwardedRequest,
    @Headers('authorization') authorization: string,
    @Res() reply: FastifyReply,
  ) {
    return this.forward('GET', request, authorization, reply);
  }

  @Post('*')
  @Kbase({ person: true, limit: 'writes' })
  change(
    @Req() request: ForwardedRequest,
    @Headers('authorization') authorization: string,
    @Res() reply: FastifyReply,
  ) {
    return this.forward('POST', request, authorization, reply);
  }

  private async forward(
    method: 'GET' | 'POST',
    request: ForwardedRequest,
    authorization: string,
    reply: FastifyReply,
  ): Promise<void> {
    const { path, query } = targetOf(request);
    const call = { method, path: path + query, authorization, requestId: request.id, body: request.rawBody };
    const { status, contentType, body } = await this.polaris.forward(call);
    // an answer may hold a secret
    reply.status(status).header('content-type', contentType).header('cache-control', 'no-store').send(body);
  }
}

function targetOf(request: ForwardedRequest): { path: string; query: string } {
  const segments = request.params['*'].split('/');
  const last = segments.at(-1) === '' ? segments.pop() : undefined;
  if (segments.length === 0 || !segments.every((each) => SEGMENT.test(each)))
    throw brokenRule('path', 'must be names of letters, digits and . _ @ ~ - between single slashes');
  const [, query] = request.raw.url?.split('?', 2) ?? [];
  const path = [...segments, ...(last === undefined ? [] : [last])].join('/');
  return { path, query: query === undefined ? '' : `?${query}` };
}
