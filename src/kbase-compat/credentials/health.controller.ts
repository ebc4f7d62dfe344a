import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DatabaseHealth } from '../../database/database-health.js';
import { Kbase } from '../kbase-route.js';

/** `GET /health`. */
@Controller('health')
export class KbaseHealthController {
  constructor(private readonly database: DatabaseHealth) {}

  /** 503 while the database is unusable. */
  @Get()
  @Kbase()
  async health(@Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: string }> {
    try {
      await this.database.ping();
      return { status: 'healthy' };
    } catch {
      reply.status(HttpStatus.SERVICE_UNAVAILABLE);
      return { status: 'unhealthy' };
    }
  }
}
