import { z } from 'zod';
import { Timestamp } from './values.js';

/**
 * The CloudEvents 1.0 envelope in structured JSON. Unknown attributes are kept: extensions are the reader's business.
 * Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export interface CloudEvent<Type extends string = string, Data = unknown> {
  specversion: '1.0';
  id: string;
  type: Type;
  source: string;
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  dataschema: string;
  traceparent?: string | undefined;
  data: Data;
}

export interface EventDefinition<Type extends string = string, Data = unknown> {
  /** The event's type, which is its NATS subject as well. */
  type: Type;
  dataschema: string;
  data: z.ZodType<Data>;
  envelope: z.ZodType<CloudEvent<Type, Data>>;
}

export type EventData<Definition> = Definition extends EventDefinition<string, infer Data> ? Data : never;
export type EventOf<Definition> =
  Definition extends EventDefinition<infer Type, infer Data> ? CloudEvent<Type, Data> : never;

/**
 * Ties an event's subject to its shape: publisher and subscriber take the same value and cannot disagree.
 * A breaking change is a new definition with a `…v2` schema beside the old one.
 */
export function defineEvent<Type extends string, Data extends z.ZodType>(
  type: Type,
  data: Data,
): EventDefinition<Type, z.infer<Data>> {
  const dataschema = `urn:wharf:event:${type}:v1`;
  const envelope = z
    .looseObject({
      specversion: z.literal('1.0'),
      id: z.string().min(1),
      type: z.literal(type),
      source: z.string().min(1),
      subject: z.string().min(1),
      time: Timestamp,
      datacontenttype: z.literal('application/json'),
      dataschema: z.literal(dataschema),
      traceparent: z.string().optional(),
      data,
    })
    .refine(isAboutItsFile, { path: ['subject'], error: 'must be the uid of the data' });
  return { type, dataschema, data, envelope } as unknown as EventDefinition<Type, z.infer<Data>>;
}

/** An event is found by its subject and acted on by the uid of its data: they are one. */
function isAboutItsFile(event: object): boolean {
  const { data, subject } = event as { data: { uid?: unknown }; subject: string };
  return data.uid === undefined || data.uid === subject;
}

export interface RpcDefinition<Request = unknown, Reply = unknown> {
  /** The NATS subject of the request. */
  subject: string;
  /** The subject that an earlier version had: answered as well, and asked where nobody answers the new one yet. */
  formerSubject?: string | undefined;
  request: z.ZodType<Request>;
  reply: z.ZodType<Reply>;
}

export type RpcRequest<Definition> = Definition extends { request: z.ZodType<infer Request> } ? Request : never;
export type RpcReply<Definition> = Definition extends { reply: z.ZodType<infer Reply> } ? Reply : never;

/** Ties an RPC's subject to the shapes of its request and its reply. */
export function defineRpc<Request extends z.ZodType, Reply extends z.ZodType>(
  subject: string,
  request: Request,
  reply: Reply,
  { formerSubject }: { formerSubject?: string } = {},
): RpcDefinition<z.infer<Request>, z.infer<Reply>> {
  return { subject, formerSubject, request, reply } as unknown as RpcDefinition<z.infer<Request>, z.infer<Reply>>;
}

/** What travels back: exactly one of the two. */
export const RpcEnvelope = z.union([
  z.object({ ok: z.unknown() }),
  z.object({ error: z.object({ code: z.string(), message: z.string() }) }),
]);
