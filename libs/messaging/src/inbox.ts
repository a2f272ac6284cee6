const inbox = /^_INBOX(?:\.[A-Za-z0-9_-]+)+$/;
const longest = 255;

/** What the inboxes of one NATS user begin with. The server lets a user hear those alone, so that nobody reads the answers of others. */
export function inboxPrefixOf(user: string): string {
  return `_INBOX.${user}`;
}

/**
 * Whether a subject is the inbox of somebody who waits for an answer. A message names the subject on which it wants to hear more, and
 * whoever obeys it publishes with rights of its own: to a stream, to `$JS.API`, to all gateways. So nothing but an inbox is answered.
 */
export function isInbox(subject: string | undefined): subject is string {
  return subject !== undefined && subject.length <= longest && inbox.test(subject);
}
