import type { PolicyDocument } from '../../madmin/types.js';
import { arnOf } from '../../policy/paths.js';
import { listStatement } from '../../policy/statements.js';

/** Buckets that do not exist, one for each question, and a folder that nobody has. */
export interface ProbeNames {
  /** Listed by a statement of this service. */
  ours: string;
  /** Listed by a statement as people write it by hand. */
  plain: string;
  /** Its location is granted until a date long past. */
  dated: string;
  /** Its objects are granted. */
  open: string;
  folder: string;
}

export function probeNames(unique: string): ProbeNames {
  const name = (suffix: string) => `mgr-doctor-${unique}-${suffix}`;
  return {
    ours: name('ours'),
    plain: name('plain'),
    dated: name('dated'),
    open: name('open'),
    folder: 'mgr-doctor',
  };
}

/** What the session of a run of probes may do: nothing, except for the probed conditions and the objects of `open`. */
export function probePolicy({ ours, plain, dated, open, folder }: ProbeNames): PolicyDocument {
  const arn = (resource: string) => [arnOf(resource)];
  return {
    Version: '2012-10-17',
    Statement: [
      listStatement('Ours', ours, [folder]),
      {
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: arn(plain),
        Condition: { StringLike: { 's3:prefix': [`${folder}/*`] } },
      },
      {
        Effect: 'Allow',
        Action: ['s3:GetBucketLocation'],
        Resource: arn(dated),
        Condition: { DateLessThan: { 'aws:CurrentTime': ['2000-01-01T00:00:00Z'] } },
      },
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: arn(`${open}/*`) },
    ],
  };
}
