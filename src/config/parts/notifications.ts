import { Secret } from '../../common/secret.js';
import type { AppConfig } from '../app-config.js';
import type { Environment } from '../environment.js';

/** Where notices go. */
export function notificationsOf(env: Environment): AppConfig['notifications'] {
  const { NOTIFY_WEBHOOK_URL: url, NOTIFY_WEBHOOK_SECRET: secret } = env;
  const { NOTIFY_SMTP_URL: smtp, NOTIFY_FROM: from, NOTIFY_MAIL_TO: to } = env;
  return {
    ...(url === undefined
      ? {}
      : {
          webhook: { url: new Secret(url), ...(secret === undefined ? {} : { secret: new Secret(secret) }) },
        }),
    ...(smtp === undefined || from === undefined || to === undefined
      ? {}
      : { mail: { url: new Secret(smtp), from, to } }),
  };
}

/** Which addresses of callers may be called. */
export function callbacksOf(env: Environment): AppConfig['callbacks'] {
  const { PLAN_CALLBACK_ORIGINS: origins, PLAN_CALLBACK_SECRET: secret } = env;
  return {
    origins: origins.map((each) => new URL(each).origin),
    ...(secret === undefined ? {} : { secret: new Secret(secret) }),
  };
}

/** Why these settings do not go together. */
export function problemsOfNotifications(env: Environment): string[] {
  const problems: string[] = [];
  if (env.NOTIFY_WEBHOOK_SECRET !== undefined && env.NOTIFY_WEBHOOK_URL === undefined)
    problems.push('NOTIFY_WEBHOOK_URL must be set with NOTIFY_WEBHOOK_SECRET');
  if (env.PLAN_CALLBACK_ORIGINS.length > 0 && env.PLAN_CALLBACK_SECRET === undefined)
    problems.push('PLAN_CALLBACK_SECRET must be set with PLAN_CALLBACK_ORIGINS');
  const mail = ['NOTIFY_SMTP_URL', 'NOTIFY_FROM', 'NOTIFY_MAIL_TO'] as const;
  const missing = mail.filter((name) => env[name] === undefined);
  if (missing.length > 0 && missing.length < mail.length)
    problems.push(...missing.map((name) => `${name} must be set: mail needs all of ${mail.join(', ')}`));
  return problems;
}
