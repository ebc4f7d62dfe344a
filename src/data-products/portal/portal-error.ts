/** The portal cannot be asked, or did not do what it was asked. The message has no key and nothing that the portal wrote. */
export class PortalError extends Error {
  override readonly name = 'PortalError';
  /** HTTP status; absent when there was no answer. */
  declare readonly status?: number;

  constructor(
    message: string,
    /** The same call may succeed later, without anybody changing a setting or a version. */
    readonly retryable: boolean,
    status?: number,
  ) {
    super(message);
    if (status !== undefined) this.status = status;
  }
}

/** What an answer without success means; `doing` says what was tried, as in "reading a data product". */
export function refusal(status: number, doing: string): PortalError {
  if (status === 401)
    return new PortalError(
      `The portal does not accept the key (401) for ${doing}: see PORTAL_API_KEY`,
      false,
      status,
    );
  if (status === 403)
    return new PortalError(
      `The portal forbids ${doing} (403): the key is refused, or its user lacks a role; see PORTAL_API_KEY`,
      false,
      status,
    );
  if (status === 408 || status === 429 || status >= 500)
    return new PortalError(`The portal fails at ${doing} (${status})`, true, status);
  if (status === 404)
    return new PortalError(`The portal has no address for ${doing} (404): see PORTAL_API_URL`, false, status);
  return new PortalError(`The portal refuses ${doing} (${status})`, false, status);
}

/** An answer that is not what a portal of a known version gives. */
export function unreadable(doing: string, status?: number): PortalError {
  return new PortalError(
    `The answer to ${doing} cannot be read: is PORTAL_API_URL a Data Product Portal, of a version that is known here?`,
    false,
    status,
  );
}
