import { connect, createServer, type Socket } from 'node:net';

/**
 * Stands in front of a server on this machine as a long way would: what comes from either side is handed on after half of the given round
 * trip. Arguments: its own port, the server's, and the milliseconds of a round trip.
 */
const [port = 0, target = 0, roundTripMs = 0] = process.argv.slice(2).map(Number);

function handOn(from: Socket, to: Socket): void {
  from.on('data', (chunk) => setTimeout(() => to.write(chunk), roundTripMs / 2));
  from.on('end', () => setTimeout(() => to.end(), roundTripMs / 2));
  from.on('error', () => to.destroy());
  from.on('close', () => setTimeout(() => to.destroy(), roundTripMs));
}

const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  handOn(client, upstream);
  handOn(upstream, client);
});
server.listen(port, '127.0.0.1');
