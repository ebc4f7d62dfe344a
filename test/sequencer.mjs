import TestSequencer from '@jest/test-sequencer';
import { relative } from 'node:path';
import { ROOT } from '../scripts/node.mjs';
import { isBuilt as isGiteaBuilt } from '../scripts/servers/gitea.mjs';
import { isBuilt as isHelmBuilt } from '../scripts/servers/helm.mjs';
import { isBuilt as isKubernetesBuilt } from '../scripts/servers/kubernetes.mjs';
import { isBuilt as isTofuBuilt } from '../scripts/servers/tofu.mjs';

/** Seconds on a machine with two cores, roughly: a long suite that starts last leaves the other workers idle. */
const LONG = {
  'test/faults/crash-points.spec.ts': 90,
  'test/e2e/ansible/playbooks.spec.ts': 90,
  'test/e2e/ansible/hosts.spec.ts': 50,
  'test/e2e/ansible/killed.spec.ts': 50,
  'test/faults/provisions/data-products.spec.ts': 135,
  'test/faults/shares/killed.spec.ts': 135,
  'test/faults/cluster/cluster-silent.spec.ts': 125,
  'test/faults/cluster/cluster.spec.ts': 100,
  'test/faults/model.spec.ts': 95,
  'test/faults/provisions/claims.spec.ts': 60,
  'test/faults/shares/away.spec.ts': 60,
  'test/faults/processes/lease.spec.ts': 45,
  'test/faults/shares/wire.spec.ts': 40,
  'test/e2e/fuzz/openapi-fuzz.spec.ts': 60,
  'test/e2e/data-products/portals/flood.spec.ts': 20,
  'test/e2e/clients/hub.spec.ts': 90,
  'test/e2e/page/snippets.spec.ts': 60,
  'test/e2e/page/people.spec.ts': 50,
  'test/e2e/page/administrators.spec.ts': 30,
  'test/e2e/packages/admin-client.spec.ts': 65,
  'test/e2e/clients/credential-kinds.spec.ts': 130,
  'test/e2e/deletions/interrupted.spec.ts': 65,
  'test/e2e/deletions/deletions.spec.ts': 25,
  'test/e2e/database/database.spec.ts': 55,
  'test/e2e/access/reach.spec.ts': 30,
  'test/e2e/walks/walks.spec.ts': 130,
  'test/e2e/clients/spark.spec.ts': 50,
  'test/e2e/clients/spark-elsewhere.spec.ts': 50,
  'test/e2e/data-products/portal.spec.ts': 50,
  'test/e2e/demo/start.spec.ts': 50,
  'test/e2e/sharing/repack.spec.ts': 35,
  'test/e2e/data-products/portals/replay.spec.ts': 40,
  'test/e2e/database/master-key.spec.ts': 35,
  'test/e2e/data-products/projects/sqlmesh.spec.ts': 50,
  'test/e2e/auth/keycloak.spec.ts': 60,
  'test/e2e/clients/python.spec.ts': 30,
  'test/e2e/drift/drift.spec.ts': 30,
  'test/e2e/drift/foreign.spec.ts': 30,
  'test/e2e/sharing/ends.spec.ts': 30,
};
const OTHERS = { 'test/faults/': 25, 'test/e2e/': 12, 'test/': 1 };
/** They come last where their program is still being built: until then they would keep workers waiting, or be left out. */
const ON_BUILT = [
  { isBuilt: isKubernetesBuilt, suites: /^test\/e2e\/(kubernetes\/|workflows\/shipped-members)/ },
  { isBuilt: isHelmBuilt, suites: /^test\/e2e\/deploy\// },
  { isBuilt: isGiteaBuilt, suites: /^test\/e2e\/(git\/|kubernetes\/onboard|workflows\/shipped-members)/ },
  { isBuilt: isTofuBuilt, suites: /^test\/e2e\/tofu\// },
];
/** They wait much of the time, the others compute. */
const WAITING = 'test/faults/';

/**
 * The longest first, by the last run or, in a fresh clone, by the list above. Suites that wait and suites that compute go on side by side:
 * as long as there are both, the processor is not idle, and suites with time-outs are not all there at once.
 */
export default class Sequencer extends TestSequencer {
  sort(tests) {
    const sorted = super.sort([...tests]);
    const halves = [true, false].map((isWaiting) => {
      const suites = sorted.filter(({ path }) => relative(ROOT, path).startsWith(WAITING) === isWaiting);
      return { suites, all: suites.reduce((sum, test) => sum + this.time(test), 0), begun: 0 };
    });
    const spread = sorted.map(() => {
      const [next] = halves
        .filter(({ suites }) => suites.length > 0)
        .sort((a, b) => a.begun / a.all - b.begun / b.all);
      const test = next.suites.shift();
      next.begun += this.time(test);
      return test;
    });
    const late = ON_BUILT.filter(({ isBuilt }) => !isBuilt());
    const isLast = ({ path }) => late.some(({ suites }) => suites.test(relative(ROOT, path)));
    return [...spread.filter((test) => !isLast(test)), ...spread.filter(isLast)];
  }

  time(test) {
    const path = relative(ROOT, test.path);
    const other = Object.keys(OTHERS).find((folder) => path.startsWith(folder)) ?? 'test/';
    return super.time(test) ?? 1000 * (LONG[path] ?? OTHERS[other]);
  }
}
