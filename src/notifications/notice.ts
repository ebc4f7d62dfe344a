import { IsArray, IsBoolean, IsIn, IsISO8601, IsObject, IsString, IsUUID } from 'class-validator';

/** What happened: a request for access was made, or it was decided. */
export type NoticeType = 'access_request.created' | 'access_request.decided';

/** What is told. It is stored in provisions and sent to other systems, so it holds no secret. */
export interface Notice {
  type: NoticeType;
  /** When it happened, RFC 3339. */
  timestamp: string;
  /** Names of the users whom it concerns: who has to decide, or who asked. */
  recipients: readonly string[];
  /** False: nobody can do anything about it, so nobody is told. It is recorded all the same, so that it costs as much. */
  concerns: boolean;
  /** The access request, as the API shows it. */
  request: NoticedRequest;
}

/** The parts of an access request that notices tell. */
export interface NoticedRequest {
  id: string;
  path?: string;
  permission?: string;
  group?: string;
  role?: string;
  reason: string;
  requester: string;
  state: string;
  granted: string | null;
  decided_by: string | null;
}

/** A notice for one channel, as its provision stores it. */
export class NoticeInput implements Notice {
  /** The same in each delivery of the notice, also after a redrive */
  @IsUUID()
  id!: string;

  /** What happened */
  @IsIn(['access_request.created', 'access_request.decided'])
  type!: NoticeType;

  /** When it happened, RFC 3339 */
  @IsISO8601()
  timestamp!: string;

  /** Whom it concerns */
  @IsArray()
  @IsString({ each: true })
  recipients!: string[];

  /** Whether anybody can do anything about it */
  @IsBoolean()
  concerns!: boolean;

  /** The access request */
  @IsObject()
  request!: NoticedRequest;
}
