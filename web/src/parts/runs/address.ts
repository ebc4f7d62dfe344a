/** Where a workflow is asked for. A team's provider has a slash in its name. */
export function addressOf(provider: string, workflow: string): string {
  return `/ui/paths/${encodeURIComponent(provider)}/${encodeURIComponent(workflow)}`;
}
