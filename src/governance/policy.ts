import type { NameKind } from '../documents/step-types/step-type.js';

/** Patterns by the kind of name that they are about; see `matchesName`. */
export type NamePatterns = { readonly [K in NameKind]?: readonly string[] };

/** How much may run. */
export interface Limits {
  /** Steps of one run, those of sub-workflows included. */
  steps?: number;
  /** Seconds from the first step of a run to the beginning of its last one. */
  duration_seconds?: number;
  /** Runs of one team that have not ended. */
  active_runs?: number;
  /** Runs of one team that were accepted in the last 24 hours. */
  runs_per_day?: number;
}

/** What is counted, and the step type that makes it. */
export const QUOTA_TYPES = {
  buckets: 'storage.bucket',
  users: 'storage.principal',
  keys: 'storage.key',
  groups: 'storage.group',
  databases: 'postgres.database',
  roles: 'postgres.role',
  secrets: 'vault.secret',
} as const;

/** What a team may have by runs of workflows; `bytes` is the sum of the hard quotas of its buckets. */
export type Quotas = { readonly [K in keyof typeof QUOTA_TYPES | 'bytes']?: number };

/** What holds for one team, or for all teams that do not say otherwise. */
export interface TeamPolicy {
  /** Step types that its runs, and its providers, may have; `*` stands for any letters. Undefined: all. */
  steps?: readonly string[];
  names?: NamePatterns;
  limits?: Limits;
  quotas?: Quotas;
}

/** A rule in CEL over `request` and `plan`. */
export interface Rule {
  name: string;
  when: string;
  then: 'deny' | 'approve';
  /** The group whose members approve; undefined: the owners of the team. */
  from?: string;
  count: number;
  message?: string;
  expires_in_seconds: number;
}

/** What workflows are allowed to do. */
export interface Policy extends TeamPolicy {
  teams: { readonly [team: string]: TeamPolicy };
  rules: readonly Rule[];
  /** The group for which workflows run that data products start. */
  data_product_team?: string;
}

/** An approval is waited for a week, unless the rule says otherwise. */
export const EXPIRES_IN_SECONDS = 604_800;

/**
 * Names of teams without patterns of their own: what starts with the name of the team, and what belongs to the requester. `{team}` is in
 * lower case but for paths of the vault; of groups the case does not count.
 */
export const DEFAULT_NAMES: NamePatterns = {
  bucket: ['{team}', '{team}-*'],
  path: ['s3a://{team}/**', 's3a://{team}-*/**', '{home}**'],
  group: ['{team}', '{team}-*', '{team}_*'],
  user: ['{requester}', '{team}-*'],
  database: ['{team}', '{team}-*', '{team}_*'],
  role: ['{team}', '{team}-*', '{team}_*'],
  vault_path: ['{team}/**', '{team}-*/**', 'teams/{team}/**', 'teams/{team}-*/**'],
  host: [],
  managed_host: [],
  namespace: ['{team}', '{team}-*'],
  // none that gives rights, or changes the cluster; custom resources are for the policy to name
  kubernetes_kind: [
    ...['Namespace', 'ConfigMap', 'Secret', 'Service', 'ServiceAccount', 'PersistentVolumeClaim', 'Pod'],
    ...['ResourceQuota', 'LimitRange', 'Deployment.apps', 'StatefulSet.apps', 'Job.batch', 'CronJob.batch'],
    ...['Ingress.networking.k8s.io', 'NetworkPolicy.networking.k8s.io'],
    ...['HorizontalPodAutoscaler.autoscaling', 'PodDisruptionBudget.policy'],
  ],
  cluster_object: [],
  repository: ['{team}', '{team}-*', '{team}_*'],
};

/** Without a policy file everything may run; only names are bound, to those of the team. */
export const NO_POLICY: Policy = { teams: {}, rules: [] };

/** In a list of patterns: those of {@link DEFAULT_NAMES}. */
export const USUAL_NAMES = '{default}';

/** The patterns of a team for one kind of name. */
export function patternsFor(policy: Policy, team: string, kind: NameKind): readonly string[] {
  const usual = DEFAULT_NAMES[kind] ?? [];
  const own = policy.teams[team]?.names?.[kind] ?? policy.names?.[kind];
  return own?.flatMap((pattern) => (pattern === USUAL_NAMES ? usual : pattern)) ?? usual;
}

/** The limits of a team: its own, otherwise those of all. */
export function limitsFor(policy: Policy, team: string): Limits {
  return { ...policy.limits, ...policy.teams[team]?.limits };
}

/** The quotas of a team: its own, otherwise those of all. */
export function quotasFor(policy: Policy, team: string): Quotas {
  return { ...policy.quotas, ...policy.teams[team]?.quotas };
}

/** The lists of step types that all must name a type: the one of all teams, and those of the given teams. */
export function stepListsFor(policy: Policy, teams: readonly (string | null)[]): (readonly string[])[] {
  const lists = [
    policy.steps,
    ...teams.map((team) => (team === null ? undefined : policy.teams[team]?.steps)),
  ];
  return lists.filter((list) => list !== undefined);
}
