import type { Readable } from 'node:stream';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { IdParam } from '../../common/http/id-param.js';
import { decodeCursor, SEQUENCE_CURSOR } from '../../common/paging/paging.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { cursorOf, shownLine } from '../logs/shown.js';
import { LogStreams } from '../logs/log-streams.js';
import { RunLogs } from '../logs/run-logs.js';
import { Runs } from '../runs/runs.js';
import { Teams } from '../runs/teams.js';
import { RunLogDto, RunLogQuery } from './log.dto.js';

/** Before the first event. */
const START = '0';

/** What happened in runs. */
@ApiTags('Workflows')
@Controller('api/workflows')
export class LogsController {
  constructor(
    private readonly runs: Runs,
    private readonly teams: Teams,
    private readonly logs: RunLogs,
    private readonly streams: LogStreams,
  ) {}

  /**
   * Show what happened in a run
   * @remarks Sentences for people, the earliest first. With `Accept: text/event-stream` a stream of server-sent events: each line as JSON with
   * its cursor as the id, and the event `end` once the run has ended. `Last-Event-ID` goes on after a line. A stream ends after 15 minutes at
   * the latest, and a caller may have five open.
   */
  @Get(':id/logs')
  @Authenticated({ people: true, service: 'workflows' })
  @ApiExtraModels(RunLogDto)
  @ApiOkResponse({
    description: 'Lines, or a stream of them',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(RunLogDto) } },
      'text/event-stream': { schema: { type: 'string' } },
    },
  })
  @Problems('not_found', 'unprocessable', 'rate_limited', 'busy')
  async show(
    @IdParam('id', 'run') id: string,
    @Query() { limit, cursor, step }: RunLogQuery,
    @CallerParam() context: RequestContext,
    @Req() { headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunLogDto | Readable> {
    await this.teams.requireSeen(await this.runs.require(id), context);
    const isStream = /^text\/event-stream\b/i.test(headers.accept ?? '');
    const from = (isStream ? textOf(headers['last-event-id']) : undefined) ?? cursor;
    const after = decodeCursor(from, SEQUENCE_CURSOR) ?? START;
    if (isStream) {
      const stream = this.streams.stream(id, { after, step }, `${context.kind} ${context.name}`);
      reply.header('content-type', 'text/event-stream; charset=utf-8');
      reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no');
      return stream;
    }
    const { lines, last, isAll } = await this.logs.read(id, { after, step, limit });
    return { lines: lines.map(shownLine), next: isAll ? null : cursorOf(last) };
  }
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined;
}
