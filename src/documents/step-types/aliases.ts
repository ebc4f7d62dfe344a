/** Names of step types that innominatus has, and what they are called here. */
export const ALIASES: Readonly<Record<string, string>> = {
  kubernetes: 'kubernetes.apply',
  terraform: 'tofu',
  'database-migration': 'postgres.migrate',
  'vault-setup': 'vault.space',
  validation: 'assert',
  tagging: 'storage.tags',
  'resource-provisioning': 'workflow',
  'gitea-repo': 'git.scaffold',
};

/** Step types of innominatus that there are not, and what to use instead. */
export const REFUSED: Readonly<Record<string, { reason: string; instead: string }>> = {
  policy: {
    reason: 'A step does not run a script: say in an assert what must hold',
    instead: 'assert',
  },
  shell: {
    reason: 'A step does not run a script: send a request, or use a step type of what you need',
    instead: 'http.request',
  },
  monitoring: {
    reason: 'There is no step for monitoring: send a request to your monitoring',
    instead: 'http.request',
  },
  security: {
    reason: 'There is no step for security checks: say in an assert what must hold',
    instead: 'assert',
  },
  'cost-analysis': {
    reason: 'There is no step for costs: set a quota, and say in an assert what must hold',
    instead: 'assert',
  },
  'argocd-app': {
    reason: 'There is no step for Argo CD: apply its Application',
    instead: 'kubernetes.apply',
  },
  'terraform-generate': { reason: 'Modules are files of the provider, in JSON syntax', instead: 'tofu' },
};
