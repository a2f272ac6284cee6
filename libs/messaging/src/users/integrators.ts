import { events, FilesStream, JanitorStream, streamOf } from '@wharf/contracts';
import { durableName } from '../consumer-names.js';
import type { StreamConsumer } from './jetstream-subjects.js';

/** Streams that are for other systems too. */
const openStreams = [FilesStream, JanitorStream];

/** What an integrator may select: everything in a stream, or one type of event. */
const selections = [
  ...openStreams.flatMap(({ subjects }) => subjects),
  ...events.map(({ type }) => type).filter((type) => openStreams.some((stream) => stream === streamOf(type))),
];

/** The durable consumers that can be made for an integrator, all under its name: `thumbnails-file_stored`, or `thumbnails-file` for all of FILES. */
export function consumersOf(integrator: string): StreamConsumer[] {
  return selections.map((subject) => ({
    stream: streamOf(subject)?.name ?? '',
    durable: durableName(integrator, subject.replace(/\.>$/, '')),
    subject,
  }));
}

const reserved = ['gateway', 'metadata', 'cloud-sync', 'janitor', 'accounts', 'wharf', 'operator'];

/** Whether a system outside of Wharf may have this name as a NATS user. */
export function isIntegratorName(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,31}$/.test(name) && !reserved.includes(name);
}

/** Of `thumbnails=file.stored`, or why it is none. */
export function readIntegration(text: string): StreamConsumer | string {
  const [, name = '', subject = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (!isIntegratorName(name)) return `${JSON.stringify(text)} does not begin with a user such as thumbnails=`;
  const consumer = consumersOf(name).find((each) => each.subject === subject);
  return consumer ?? `${JSON.stringify(text)} must end with one of ${selections.join(', ')}`;
}
