import { createServer } from 'node:http';

/** Every peer is started as `node <peer> <port> <folder>`. */
export const [port, folder] = [Number(process.argv[2]), String(process.argv[3])];

/** Serves on loopback, with the same limits as any: none. */
export function serve(onRequest) {
  const server = createServer({ requestTimeout: 0 }, onRequest);
  server.keepAliveTimeout = 60_000;
  server.listen(port, '127.0.0.1');
}

/** What Wharf answers too, as far as a client checks it. */
export function answer(response, { sha256, size_bytes }) {
  const body = JSON.stringify({ sha256, size_bytes });
  response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

export function refuse(response, error) {
  const body = String(error?.stack ?? error);
  response.writeHead(500, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
