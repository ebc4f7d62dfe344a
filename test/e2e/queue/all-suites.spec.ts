import { hasRabbitmq } from '../../support/servers/rabbitmq.js';

/** What provisions do, once more through a broker: these suites know nothing of it. */
const SUITES = [
  ...['provisioning/records', 'provisioning/roles', 'provisioning/undo', 'provisioning/buckets'],
  ...['deletions/provisions', 'plans/plans', 'workflows/runs', 'workflows/control'],
];

if (hasRabbitmq()) {
  process.env.TEST_AMQP = '1';
  for (const suite of SUITES) await import(`../${suite}.spec.js`);
  await import('../../faults/provisions/provisions.spec.js');
} else {
  it.skip('provisions through RabbitMQ', () => undefined);
}
