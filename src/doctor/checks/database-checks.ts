import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { DatabaseHealth } from '../../database/database-health.js';
import { Broker } from '../../provisioning/queue/broker/broker.js';
import { type Finding, notConfigured, ok } from './check.js';

/** What this service keeps and hands on its work with: the database, and the message broker. */
@Injectable()
export class DatabaseChecks {
  constructor(
    private readonly health: DatabaseHealth,
    private readonly messages: Broker,
    private readonly config: AppConfig,
  ) {}

  async database(): Promise<Finding> {
    await this.health.ping();
    return ok('The database answers');
  }

  broker(): Promise<Finding> {
    const { state } = this.messages;
    const unused = this.config.amqp ? 'Not used by a process with ROLE=api' : 'Not configured (AMQP_URL)';
    return Promise.resolve(state ? found(state) : notConfigured(unused));
  }
}

function found({ isUp, problem }: NonNullable<Broker['state']>): Finding {
  if (isUp) return ok('The broker takes and gives messages');
  return {
    verdict: 'failed',
    detail: `The broker cannot be used: ${problem}`,
    remedy:
      'Check RabbitMQ and AMQP_URL: the user needs the rights to configure, write and read provisioning.*. Nothing is lost meanwhile: provisions wait, ' +
      'or the database gives them to the workers (AMQP_FALLBACK=database)',
  };
}
