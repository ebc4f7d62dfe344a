/** Loads a provider again; without a name, each in Git that may move. */
export function reloadRequest(name?: string) {
  return {
    kind: 'provider.reload',
    input: name === undefined ? {} : { name },
    subject: name === undefined ? 'providers' : `provider:${name}`,
  } as const;
}
