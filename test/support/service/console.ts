interface Resource {
  resource: string;
  conditionOperator?: string;
  prefixes?: string[] | null;
}

/** What a person sees who logs in at MinIO's web console, asked as the web page asks. */
export class ConsoleSession {
  private constructor(
    private readonly endpoint: string,
    private readonly cookie: string,
  ) {}

  /** The session, or the status of the refusal. */
  static async login(
    endpoint: string,
    accessKey: string,
    secretKey: string,
  ): Promise<ConsoleSession | number> {
    const answer = await fetch(`${endpoint}/api/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ accessKey, secretKey }),
    });
    await answer.arrayBuffer();
    const cookie = answer.headers.getSetCookie().find((each) => each.startsWith('token='));
    if (answer.status !== 204 || cookie === undefined) return answer.status;
    return new ConsoleSession(endpoint, cookie.split(';')[0] ?? '');
  }

  /**
   * Resources below a bucket that stand in a statement with a condition. Where a person may not list, the page makes a folder at the
   * bucket's root of each segment of each, the bucket's own name included (`permissionItems` of the console).
   */
  async foldersOfResources(bucket: string): Promise<string[]> {
    const resources = (await this.resources()).map(({ resource }) => resource);
    return resources.filter((each) => each.includes(`:${bucket}/`));
  }

  /**
   * Folders that the page shows at a path (empty, or with a final slash) where a person may not list: the next segment of each prefix
   * that `StringLike` or `StringEquals` says in a list statement of the bucket (`permissionItems` of the console).
   */
  async foldersOfPrefixes(bucket: string, path = ''): Promise<string[]> {
    const said = (await this.resources())
      .filter(({ resource }) => resource.endsWith(`:${bucket}`))
      .filter(({ conditionOperator = '' }) => ['StringLike', 'StringEquals'].includes(conditionOperator))
      .flatMap(({ prefixes }) => prefixes ?? [])
      .filter((prefix) => prefix.startsWith(path))
      .map((prefix) => prefix.slice(path.length).split('/')[0] ?? '')
      .filter((segment) => segment !== '' && !segment.includes('*'));
    return [...new Set(said)].sort();
  }

  /** Names of the objects below a prefix, or the status of the refusal. */
  async list(bucket: string, prefix: string): Promise<string[] | number> {
    const query = new URLSearchParams({ prefix, recursive: 'true' });
    const answer = await fetch(`${this.endpoint}/api/v1/buckets/${bucket}/objects?${query.toString()}`, {
      headers: { cookie: this.cookie },
    });
    const text = await answer.text();
    if (answer.status !== 200) return answer.status;
    const { objects } = JSON.parse(text) as { objects?: { name: string }[] | null };
    return (objects ?? []).map(({ name }) => name).sort();
  }

  /** What the statements with a condition say, as the page is told it. */
  private async resources(): Promise<Resource[]> {
    const answer = await fetch(`${this.endpoint}/api/v1/session`, { headers: { cookie: this.cookie } });
    const { allowResources } = (await answer.json()) as { allowResources?: Resource[] | null };
    if (answer.status !== 200 || !allowResources) throw new Error(`the console answered ${answer.status}`);
    return allowResources;
  }
}
