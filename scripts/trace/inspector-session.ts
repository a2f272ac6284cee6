type Params = Record<string, unknown>;

interface Message {
  id?: number;
  method?: string;
  params?: Params;
  result?: Params;
  error?: { message: string };
}

/** A conversation by the protocol of V8's inspector: with a process, or with one thread of it. */
export class InspectorSession {
  private readonly transmit: (message: string) => unknown;
  private readonly onEvent: (method: string, params: Params) => void;
  private readonly pending = new Map<number, PromiseWithResolvers<Params>>();
  private lastId = 0;

  constructor(transmit: (message: string) => unknown, onEvent: (method: string, params: Params) => void = () => {}) {
    this.transmit = transmit;
    this.onEvent = onEvent;
  }

  send(method: string, params: Params = {}): Promise<Params> {
    const id = ++this.lastId;
    const reply = Promise.withResolvers<Params>();
    this.pending.set(id, reply);
    this.transmit(JSON.stringify({ id, method, params }));
    return reply.promise;
  }

  receive(text: string): void {
    const { error, id, method, params = {}, result = {} } = JSON.parse(text) as Message;
    if (method !== undefined) this.onEvent(method, params);
    if (id === undefined) return;
    const reply = this.pending.get(id);
    this.pending.delete(id);
    if (error) reply?.reject(new Error(error.message));
    else reply?.resolve(result);
  }

  /** Rejects what was not answered. */
  end(): void {
    for (const { reject } of this.pending.values()) reject(new Error('the inspector has ended'));
    this.pending.clear();
  }
}
