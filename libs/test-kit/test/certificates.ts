import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Paths of PEM files. */
export interface Certificates {
  ca: string;
  certificate: string;
  key: string;
}

/** A CA of its own, and a server's certificate by it, in a new folder `dir`. */
export function makeCertificates(dir: string, altNames: string): Certificates {
  mkdirSync(dir);
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: dir, stdio: 'pipe' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const name = path.basename(dir);
  openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', `/CN=ca of ${name}`, '-days', '1');
  openssl('req', ...curve, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=server');
  writeFileSync(path.join(dir, 'extensions'), `subjectAltName=${altNames}\n`);
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'extensions'];
  openssl('x509', '-req', '-in', 'request.pem', '-out', 'certificate.pem', ...by);
  const at = (file: string) => path.join(dir, file);
  return { ca: at('ca.pem'), certificate: at('certificate.pem'), key: at('key.pem') };
}
