/** What a client publishes on to use JetStream. Source: NATS, "JetStream wire API reference", and ADR-15 for acknowledgements. */

const api = (...tokens: string[]) => ['$JS.API', ...tokens].join('.');

/** A consumer of a stream, by its name there. */
export interface StreamConsumer {
  stream: string;
  durable: string;
  /** What it selects. */
  subject: string;
}

/** Whether a stream is there, how it is set, and how full it is. */
export function infoOf(stream: string): string {
  return api('STREAM.INFO', stream);
}

/** Its settings are the maker's choice: such a stream may collect whatever is published, requests of others too. */
export function makingOf(stream: string): string[] {
  return [infoOf(stream), api('STREAM.CREATE', stream), api('STREAM.UPDATE', stream)];
}

/** A message of a stream, by its number. */
export function messageOf(stream: string): string {
  return api('STREAM.MSG.GET', stream);
}

export function consumerInfoOf({ durable, stream }: Pick<StreamConsumer, 'stream' | 'durable'>): string {
  return api('CONSUMER.INFO', stream, durable);
}

/** All consumers of a stream, and how far they are. */
export function consumerListOf(stream: string): string {
  return api('CONSUMER.LIST', stream);
}

/** The server takes no other name, and no other selection, than those of the subject. */
export function consumerMakingOf({ durable, stream, subject }: StreamConsumer): string[] {
  return [api('CONSUMER.CREATE', stream, durable, subject), api('CONSUMER.DELETE', stream, durable)];
}

export function pullsOf({ durable, stream }: Pick<StreamConsumer, 'stream' | 'durable'>): string {
  return api('CONSUMER.MSG.NEXT', stream, durable);
}

/** In the form of today, and in the one with domain and account before the stream. */
export function acksOf({ durable, stream }: Pick<StreamConsumer, 'stream' | 'durable'>): string[] {
  return [`$JS.ACK.${stream}.${durable}.>`, `$JS.ACK.*.*.${stream}.${durable}.>`];
}

/** What it takes to read a stream by a consumer that the server names, and to remove that again: so those of others as well. */
export function unnamedReadingOf(stream: string): string[] {
  const anyConsumer = { stream, durable: '*' };
  const create = api('CONSUMER.CREATE', stream);
  return [create, consumerInfoOf(anyConsumer), pullsOf(anyConsumer), api('CONSUMER.DELETE', stream, '*')];
}

/** Saving a stream, and bringing it back where an empty one, or none, is. */
export function backupOf(stream: string): string[] {
  return [
    ...['SNAPSHOT', 'RESTORE', 'DELETE'].map((verb) => api('STREAM', verb, stream)),
    `$JS.SNAPSHOT.ACK.${stream}.>`,
    `$JS.SNAPSHOT.RESTORE.${stream}.>`,
  ];
}

/** How much an account has of JetStream, and may have: many clients ask for it before anything else. */
export const accountInfo = api('INFO');

export const streamList = api('STREAM.LIST');

export function removalFrom(stream: string): string {
  return api('STREAM.MSG.DELETE', stream);
}
