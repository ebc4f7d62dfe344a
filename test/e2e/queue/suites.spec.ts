import { hasRabbitmq } from '../../support/servers/rabbitmq.js';

/** A suite of provisions once more, its stacks with a broker; `all-suites.spec.ts` has the others. */
if (hasRabbitmq()) {
  process.env.TEST_AMQP = '1';
  await import('../provisioning/dead-letters.spec.js');
} else {
  it.skip('provisions through RabbitMQ', () => undefined);
}
