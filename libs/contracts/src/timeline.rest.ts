import { z } from 'zod';
import { Timestamp } from './values.js';

/** An event as users are shown it: CloudEvents 1.0, structured JSON. */
export const ShownEvent = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string(),
  type: z.string(),
  source: z.string(),
  subject: z.string(),
  time: Timestamp,
  datacontenttype: z.literal('application/json'),
  dataschema: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type ShownEvent = z.infer<typeof ShownEvent>;

/** What became of a file, oldest first. */
export const FileTimeline = z.object({ events: z.array(ShownEvent) });
export type FileTimeline = z.infer<typeof FileTimeline>;
