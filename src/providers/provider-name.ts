/** The name of a provider in its document; in the catalogue, that of a team's provider has `team/` before it. */
export const PROVIDER_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
