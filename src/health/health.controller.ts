import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Problems } from '../common/problems/problems.decorator.js';
import { MinioAdmin } from '../minio/minio-admin.js';
import { Broker } from '../provisioning/queue/broker/broker.js';
import { type DependenciesDto, LivenessDto, ReadinessDto } from './health.dto.js';
import { DatabaseHealth } from '../database/database-health.js';

/** The time limit for the answer of one dependency, in milliseconds. */
const PROBE_MS = 1000;

@ApiTags('Service')
@Controller()
export class HealthController {
  constructor(
    private readonly database: DatabaseHealth,
    private readonly minio: MinioAdmin,
    private readonly broker: Broker,
  ) {}

  /** Whether the process is alive */
  @Get('livez')
  @ApiOkResponse({ type: LivenessDto, description: 'The process is alive' })
  @Problems()
  livez(): LivenessDto {
    return { status: 'alive' };
  }

  /** Whether requests are answered: 503 only while the database is unusable */
  @Get('readyz')
  @ApiOkResponse({
    type: ReadinessDto,
    description: 'Ready, or degraded while MinIO, one of its nodes or the message broker does not answer',
  })
  @ApiServiceUnavailableResponse({ type: ReadinessDto, description: 'The database is unusable' })
  @Problems()
  async readyz(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessDto> {
    const [database, minio] = await Promise.all([answers(this.database.ping()), this.minioState()]);
    if (!database) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    const broker = this.brokerState();
    const isWell = minio === 'up' && broker.broker !== 'down';
    const status = !database ? 'unavailable' : isWell ? 'ready' : 'degraded';
    return { status, dependencies: { database: database ? 'up' : 'down', minio, ...broker } };
  }

  private brokerState(): Pick<DependenciesDto, 'broker'> {
    const { state } = this.broker;
    return state ? { broker: state.isUp ? 'up' : 'down' } : {};
  }

  /** The state of the node that receives the writes; degraded while another node is unreachable. */
  private async minioState(): Promise<'up' | 'degraded' | 'down'> {
    const { inUse } = this.minio;
    const health = inUse.client.server.health('cluster');
    const well = await answers(
      health.then(({ ok }) => (ok ? undefined : Promise.reject(new Error('unhealthy')))),
    );
    if (!well) return 'down';
    // the node in use has just answered, which its last check may not know yet
    return this.minio.all.some((node) => node !== inUse && node.isAway) ? 'degraded' : 'up';
  }
}

async function answers(probe: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PROBE_MS);
  });
  const answered = probe.then(
    () => true,
    () => false,
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}
