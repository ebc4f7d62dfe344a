/** The groups of operations, in the order in which a reader meets them. */
export const TAGS: readonly { name: string; description: string }[] = [
  {
    name: 'Me',
    description: 'Who you are here: your home, your groups, the policies that MinIO enforces for you',
  },
  {
    name: 'Credentials',
    description:
      'Keys for S3: your pair, sessions that end by themselves, access keys, and the form that AWS SDKs refresh',
  },
  { name: 'Sharing', description: 'Share a folder of your home with people and groups, and end a share' },
  { name: 'Access', description: 'Who reaches a path, what somebody reaches, and why' },
  { name: 'Access requests', description: "Ask for somebody's path or to join a group; approve or deny" },
  {
    name: 'Groups',
    description: 'People who share access: members, readers, owners, and the paths that they reach',
  },
  { name: 'Users', description: 'For administrators: list, disable, enable, adopt and remove users' },
  {
    name: 'Administration',
    description:
      'For administrators: checks of the environment, drift between this service and MinIO, the audit log',
  },
  {
    name: 'Roles',
    description: 'For administrators: named sets of memberships and paths, given to people as one',
  },
  {
    name: 'Provisioning',
    description:
      'For administrators and services: requests that are stored and retried until they hold; `provision` gives the access of roles',
  },
  {
    name: 'Providers',
    description:
      'What teams offer: providers from folders and Git, their workflows and golden paths, the step types they are made of',
  },
  {
    name: 'Workflows',
    description:
      'For administrators: run what a provider offers, see how far it is, undo it; members see the runs of their teams',
  },
  {
    name: 'Data products',
    description:
      'The products of a Data Product Portal: the prefix, principal and keys that each one has here',
  },
  {
    name: 'Portal webhooks',
    description: 'Where a Data Product Portal delivers what happened; not for people',
  },
  { name: 'Service', description: 'Probes and metrics for monitoring; no token is needed' },
];
