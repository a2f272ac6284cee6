import { connect, createServer, type Socket } from 'node:net';
import { pickFreePort } from '../../../scripts/servers/free-port.ts';

/** A wire between a service and a server, to break it in ways that no server breaks by itself. */
export class Wire {
  private readonly pairs = new Set<[Socket, Socket]>();
  private readonly server = createServer((client) => this.join(client));
  private isFrozen = false;
  private isUpstreamLost = false;
  private isRefusing = false;
  private loseFrom: string | undefined;

  /** Connections that were ever made over it. */
  joined = 0;
  readonly port: number;
  private readonly targetPort: number;

  private constructor(port: number, targetPort: number) {
    this.port = port;
    this.targetPort = targetPort;
  }

  static async open(targetPort: number): Promise<Wire> {
    const wire = new Wire(await pickFreePort(), targetPort);
    await new Promise<void>((resolve) => wire.server.listen(wire.port, '127.0.0.1', resolve));
    return wire;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.pairs.size;
  }

  /** Nothing passes any more, and nobody is told. */
  freeze(): void {
    this.isFrozen = true;
    for (const pair of this.pairs) for (const socket of pair) socket.pause();
  }

  thaw(): void {
    this.isFrozen = false;
    for (const pair of this.pairs) for (const socket of pair) socket.resume();
  }

  /** What the service sends is lost, from now on or from the first bytes that contain `text`. It still receives. */
  loseUpstream(text?: string): void {
    this.loseFrom = text;
    this.isUpstreamLost = text === undefined;
  }

  /** Ends all connections, and new ones at once. */
  refuse(): void {
    this.isRefusing = true;
    this.cut();
  }

  /** Ends all connections; new ones pass unharmed. */
  heal(): void {
    this.isRefusing = false;
    this.isUpstreamLost = false;
    this.loseFrom = undefined;
    this.cut();
  }

  close(): void {
    this.server.close();
    this.cut();
  }

  private cut(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
    this.pairs.clear();
  }

  private join(client: Socket): void {
    this.joined++;
    if (this.isRefusing) {
      client.destroy();
      return;
    }
    const target = connect(this.targetPort, '127.0.0.1');
    const pair: [Socket, Socket] = [client, target];
    this.pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        for (const each of pair) each.destroy();
        this.pairs.delete(pair);
      });
      if (this.isFrozen) socket.pause();
    }
    client.on('data', (bytes) => {
      if (this.loseFrom !== undefined && bytes.includes(this.loseFrom)) this.isUpstreamLost = true;
      if (!this.isUpstreamLost) target.write(bytes);
    });
    target.on('data', (bytes) => client.write(bytes));
  }
}
