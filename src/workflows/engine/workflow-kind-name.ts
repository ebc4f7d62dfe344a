/** The kind of the provisions that carry out runs of workflows. */
export const WORKFLOW_KIND = 'workflow';
