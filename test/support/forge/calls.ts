import { isCall } from '../network/target-gate.js';

/** The calls that make a repository, its commit, that change its settings, and that remove it. */
export const CREATION = isCall('POST', /\/orgs\/[^/]+\/repos$/);
export const COMMIT = isCall('POST', /\/contents$/);
export const CHANGE = isCall('PATCH', /\/repos\/[^/]+\/[^/]+$/);
export const REMOVAL = isCall('DELETE', /\/repos\/[^/]+\/[^/]+$/);
