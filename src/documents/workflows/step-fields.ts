/** Fields of a step that are the step's own. */
export const STEP_FIELDS = [
  ...['name', 'type', 'with', 'config', 'if', 'unless', 'when', 'onError', 'on_error', 'timeout'],
  ...['dependsOn', 'depends_on', 'parallel', 'parallelGroup', 'outputs', 'description'],
];

/** Fields that innominatus has beside `config`; they are part of the input. */
export const INPUT_FIELDS = [
  ...[
    'path',
    'playbook',
    'namespace',
    'resource',
    'outputDir',
    'repo',
    'branch',
    'commitMessage',
    'workspace',
  ],
  ...[
    'repoName',
    'private',
    'owner',
    'appName',
    'repoURL',
    'targetPath',
    'project',
    'syncPolicy',
    'manifestPath',
  ],
  ...['gitBranch', 'waitForSync', 'env', 'operation', 'workingDir', 'variables'],
];

/** Fields that innominatus has and that there are not, with what to do instead. */
export const REFUSED_FIELDS: Readonly<Record<string, string>> = {
  setVariables:
    'Variables of a run do not exist: refer to the outputs of the step, `${steps.NAME.outputs.NAME}`',
  outputFile:
    'Outputs are not read from files: refer to the outputs of the step, `${steps.NAME.outputs.NAME}`',
};
