import { describeAccessKeys } from './access-keys.js';
import { describeBuckets } from './buckets.js';
import { describeGroups } from './groups.js';
import { describePolicies } from './policies.js';
import { describeServer } from './server.js';
import { describeSts } from './sts.js';
import { Target } from './target.js';
import { describeUsers } from './users.js';

// One server for all: its own, or that of MADMIN_ENDPOINT, MADMIN_ACCESS_KEY and MADMIN_SECRET_KEY.
const target = new Target();
describeUsers(target);
describePolicies(target);
describeGroups(target);
describeAccessKeys(target);
describeBuckets(target);
describeSts(target);
describeServer(target);
