import { Type } from 'class-transformer';
import { IsIn, IsInt, IsObject, IsString, IsUUID, Min, ValidateNested } from 'class-validator';
import { Optional } from '../../common/http/validation.js';
import type { EventName } from '../../documents/model.js';
import { EVENTS } from '../../documents/workflows/events.js';
import type { EventTeam, WorkflowEvent } from '../../events/event.js';
import { OrderedRunInput } from '../ordered/ordered-run.dto.js';

/** A group for which workflows run. */
export class EventTeamInput implements EventTeam {
  /** Its id: a group of the same name that is made later is another one */
  @IsUUID()
  id!: string;

  /**
   * Its name
   * @example "Harbor"
   */
  @IsString()
  name!: string;
}

/** Something that has happened, and that may start workflows. */
export class EventInput implements WorkflowEvent {
  /** What has happened */
  @IsIn(Object.keys(EVENTS))
  event!: EventName;

  /** What it is about. Events about one thing are carried out in order */
  @IsString()
  about!: string;

  /** What it tells: texts, by name */
  @IsObject()
  facts!: Record<string, string>;

  /** How many events lie between what people did and this one */
  @IsInt()
  @Min(0)
  depth!: number;

  /** The group for which workflows run */
  @Optional()
  @ValidateNested()
  @Type(() => EventTeamInput)
  team?: EventTeamInput;
}

/** A run of a workflow that an event starts. */
export class TriggeredRunInput extends OrderedRunInput {
  /** The event */
  @IsIn(Object.keys(EVENTS))
  event!: EventName;
}
