import type { ApiBodyOptions } from '@nestjs/swagger';

/** How a delivery was taken. */
export class GitReceiptDto {
  /** `accepted`: providers are loaded again; `ignored`: there is nothing to load */
  status!: 'accepted' | 'ignored';

  /** Why it was ignored */
  reason?: string;
}

type SchemaObject = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

/** What is read of a delivery: servers send much more. */
export const GIT_DELIVERY: SchemaObject = {
  type: 'object',
  additionalProperties: true,
  properties: {
    ref: {
      type: 'string',
      description: 'What was pushed, such as `refs/heads/main`',
      example: 'refs/heads/main',
    },
    repository: {
      type: 'object',
      additionalProperties: true,
      properties: {
        clone_url: {
          type: 'string',
          description: 'The address of the repository',
          example: 'https://git.example.org/data/geo-services.git',
        },
        default_branch: {
          type: 'string',
          description: 'The branch of providers that name none',
          example: 'main',
        },
      },
    },
  },
};

/** A push, as far as it is read. */
export const GIT_DELIVERY_EXAMPLES = {
  push: {
    summary: 'A push of GitHub, Gitea or Forgejo',
    value: {
      ref: 'refs/heads/main',
      repository: { clone_url: 'https://git.example.org/data/geo-services.git', default_branch: 'main' },
    },
  },
};
