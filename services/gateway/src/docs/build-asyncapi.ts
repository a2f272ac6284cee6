import { type EventDefinition, events, JsonValue, streams } from '@wharf/contracts';
import { readVersion } from '@wharf/service-kit';
import { z } from 'zod';
import { tidySchema } from './tidy-schema.js';

/** The events as AsyncAPI 3.0, made of the schemas by which publishers and subscribers are held together. */
export function buildAsyncApi(): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Wharf',
      version: readVersion(),
      description:
        'CloudEvents 1.0 in structured JSON on NATS JetStream, one subject for each type. Delivery is at least once.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    channels: Object.fromEntries(events.map((event) => [event.type, channelOf(event)])),
    operations: Object.fromEntries(
      events.map(({ type }) => [`send.${type}`, { action: 'send', channel: { $ref: `#/channels/${type}` } }]),
    ),
    components: { messages: Object.fromEntries(events.map(messageOf)), schemas: eventSchemas() },
  };
}

function channelOf({ type }: EventDefinition) {
  const stream = streams.find(({ subjects }) => subjects.some((subject) => type.startsWith(subject.replace('>', ''))));
  return {
    address: type,
    messages: { [type]: { $ref: `#/components/messages/${type}` } },
    ...(stream && { tags: [{ name: stream.name, description: stream.description }] }),
  };
}

function messageOf({ type }: EventDefinition) {
  return [type, { name: type, payload: { $ref: `#/components/schemas/${type}` } }] as const;
}

/** The envelopes by type, and what they share; references lead through the document and not through one schema. */
function eventSchemas(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const event of events) registry.add(event.envelope, { id: event.type });
  // Named, since it contains itself.
  registry.add(JsonValue, { id: 'JsonValue' });
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    override: (context) => tidySchema({ ...context, io: 'output' }),
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, schema]),
  );
}
