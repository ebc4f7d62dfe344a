import TestSequencer from '@jest/test-sequencer';
import { relative } from 'node:path';
import { ROOT } from '../scripts/node.mjs';

/** Seconds on a machine with two cores, roughly: a long suite that starts last leaves the other worker idle. */
const LONG = {
  'test/e2e/fuzz/openapi-fuzz.spec.ts': 110,
  'test/e2e/clients/spark.spec.ts': 110,
  'test/e2e/clients/hub.spec.ts': 80,
  'test/e2e/data-products/replay.spec.ts': 80,
  'test/e2e/data-products/sqlmesh.spec.ts': 80,
  'test/e2e/deletions-interrupted.spec.ts': 75,
  'test/e2e/database.spec.ts': 60,
  'test/e2e/master-key.spec.ts': 50,
  'test/e2e/auth/oidc.spec.ts': 50,
  'test/e2e/auth/keycloak.spec.ts': 50,
  'test/e2e/clients/python.spec.ts': 50,
  'test/e2e/aws.spec.ts': 45,
};
const OTHERS = 10;

/** Jest runs first what took longest in the last run. A fresh clone has had none: then this list counts. */
export default class Sequencer extends TestSequencer {
  time(test) {
    return super.time(test) ?? 1000 * (LONG[relative(ROOT, test.path)] ?? OTHERS);
  }
}
