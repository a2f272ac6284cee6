/** NATS headers that carry meaning in Wharf. */
export const Header = {
  /** JetStream drops a message whose id it has seen within the duplicate window. */
  messageId: 'Nats-Msg-Id',
  eventId: 'ce-id',
  eventType: 'ce-type',
  eventSubject: 'ce-subject',
  traceparent: 'traceparent',
  /** On `file.stored`: the inbox to which metadata confirms the committed record, as `{ "uid": … }`. */
  confirmTo: 'Wharf-Confirm-To',
  /** On a request: epoch milliseconds after which nobody waits for the reply any more. */
  deadline: 'Wharf-Deadline',
  /** On dead letters: the error code, its message, and where the original stands (on redeliveries as well). */
  deadCode: 'Wharf-Dead-Code',
  deadReason: 'Wharf-Dead-Reason',
  deadStream: 'Wharf-Dead-Stream',
  deadSequence: 'Wharf-Dead-Sequence',
  deadDeliveries: 'Wharf-Dead-Deliveries',
  /** On a dead letter whose message was too large to travel along, and on its redelivery: bytes of the message, which stands where it stood. */
  deadSize: 'Wharf-Dead-Size',
} as const;
