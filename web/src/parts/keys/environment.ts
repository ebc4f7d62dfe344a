/** Where a person's programs find the lake. */
export interface Target {
  /** The S3 address, such as `https://s3.example.org`. */
  endpoint: string;
  region: string;
  /** The home, such as `s3a://cdm-lake/users-warehouse/alice/`. */
  home: string;
}

/** What a person gets for their programs. Only temporary credentials have a token. */
export interface Keys {
  access_key: string;
  secret_key: string;
  session_token?: string;
}

/** Sets the variables that all snippets below and most S3 programs read. The only one with a secret in it. */
export function environmentOf(keys: Keys, { endpoint, region }: Target): string {
  const token = keys.session_token;
  const variables = [
    ['AWS_ACCESS_KEY_ID', keys.access_key],
    ['AWS_SECRET_ACCESS_KEY', keys.secret_key],
    ...(token === undefined ? [] : [['AWS_SESSION_TOKEN', token]]),
    ['AWS_ENDPOINT_URL_S3', endpoint],
    ['AWS_DEFAULT_REGION', region],
  ];
  const lines = variables.map(([name = '', value = '']) => `export ${name}=${quoted(value)}`);
  // of an earlier session: with an access key it would be refused
  return (token === undefined ? ['unset AWS_SESSION_TOKEN', ...lines] : lines).join('\n');
}

/** For a POSIX shell. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
