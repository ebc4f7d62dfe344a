/** The portal cannot be reached, or did not do what it was asked to do. The message contains no key and no text from the portal. */
export class PortalError extends Error {
  override readonly name = 'PortalError';
  /** HTTP status; absent if there was no answer. */
  declare readonly status?: number;

  constructor(
    message: string,
    /** The same call may succeed later, without a change of a setting or a version. */
    readonly retryable: boolean,
    status?: number,
  ) {
    super(message);
    if (status !== undefined) this.status = status;
  }
}

/** Translates an error status. `doing` names the operation, as in "reading a data product". */
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
    return new PortalError(`The portal failed at ${doing} (${status})`, true, status);
  if (status === 404)
    return new PortalError(`The portal has no address for ${doing} (404): see PORTAL_API_URL`, false, status);
  return new PortalError(`The portal refused ${doing} (${status})`, false, status);
}

/** The answer does not match any known version of the portal. */
export function unreadable(doing: string, status?: number): PortalError {
  return new PortalError(
    `The answer to ${doing} cannot be read: is PORTAL_API_URL a Data Product Portal of a supported version?`,
    false,
    status,
  );
}
