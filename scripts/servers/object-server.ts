import { get } from 'node:http';
import type { RunningServer } from './running-server.ts';

/** An S3 server of our own, whichever it is. */
export interface ObjectServer extends RunningServer {
  endpoint: string;
  port: number;
  accessKey: string;
  secretKey: string;
}

/** True when the server answers a request as an S3 server would, permitted or not. */
export function answersHttp(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 500);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
