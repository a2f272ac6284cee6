import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type DescribedOperation, exampleOf, type OpenApi, type Parameter } from '../../openapi.ts';
import { boundary } from '../forms.ts';
import { hostileText, mutatedJsonBytes } from './mutated-json.ts';

export interface DocumentedRequest {
  operation: DescribedOperation;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

/** What really exists, by the name of the parameter: else most requests would end at "not found". */
export type Known = Readonly<Record<string, readonly string[]>>;

/** A stream without an end is no answer to wait for; what another attack has given up it counts; audits change what others look at. */
const leftOut = ['followFiles', 'replayDeadLetter', 'dropDeadLetter', 'startAudit'];

/** Requests of the operations of a document: as its examples ask, and with values in them that nobody should send. */
export function documentedRequests({ operations }: OpenApi, known: Known): fc.Arbitrary<DocumentedRequest> {
  const asked = operations.filter(({ operationId }) => !leftOut.includes(operationId));
  return fc.oneof(...asked.map((operation) => requestsOf(operation, known)));
}

function requestsOf(operation: DescribedOperation, known: Known): fc.Arbitrary<DocumentedRequest> {
  const values = operation.parameters.map((parameter) => chosenValue(parameter, known));
  return fc.tuple(fc.tuple(...values), bodyOf(operation)).map(([chosen, { body, type }]) => {
    const request: DocumentedRequest = { operation, path: operation.path, headers: {}, body };
    const query: string[] = [];
    for (const [index, parameter] of operation.parameters.entries()) {
      const value = chosen[index];
      if (parameter.in === 'path') {
        request.path = request.path.replace(`{${parameter.name}}`, encoded(value || 'x'));
      } else if (value !== undefined && parameter.in === 'query') query.push(`${parameter.name}=${encoded(value)}`);
      else if (value !== undefined) request.headers[parameter.name] = sendable(value);
    }
    if (query.length > 0) request.path += `?${query.join('&')}`;
    if (type) request.headers['Content-Type'] = type;
    return request;
  });
}

function chosenValue(parameter: Parameter, known: Known): fc.Arbitrary<string | undefined> {
  // A key belongs to one request; some are sent twice all the same.
  const example = parameter.name === 'Idempotency-Key' ? randomUUID() : String(exampleOf(parameter));
  const real = known[parameter.name];
  const given = fc.oneof(
    { weight: 4, arbitrary: real ? fc.constantFrom(...real) : fc.constant(example) },
    { weight: 2, arbitrary: hostileText },
    { weight: 1, arbitrary: fc.tuple(fc.constant(example), hostileText).map(([text, more]) => text + more) },
    { weight: 1, arbitrary: fc.integer().map(String) },
    { weight: 1, arbitrary: fc.constant(example.slice(1)) },
  );
  return fc.option(given, { nil: undefined, freq: parameter.required ? 20 : 1 });
}

function bodyOf({ requestBody }: DescribedOperation): fc.Arbitrary<{ type?: string; body: Buffer | undefined }> {
  const [[type, media] = []] = Object.entries(requestBody?.content ?? {});
  if (!type || !media) return fc.constant({ body: undefined });
  if (type === 'application/json') return mutatedJsonBytes(media.example).map((body) => ({ type, body }));
  if (type === 'multipart/form-data') return formOf(media.example as Record<string, unknown>);
  const bytes = fc.uint8Array({ maxLength: 2000 }).map((each) => ({ type, body: Buffer.from(each) }));
  return fc.oneof({ weight: 3, arbitrary: fc.constant({ type, body: Buffer.from(String(media.example)) }) }, bytes);
}

function formOf(example: Record<string, unknown>): fc.Arbitrary<{ type: string; body: Buffer }> {
  const part = fc.record({
    name: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...Object.keys(example)) }, hostileText),
    filename: fc.option(hostileText, { nil: undefined, freq: 2 }),
    header: fc.option(hostileText, { nil: undefined, freq: 4 }),
    value: fc.option(hostileText, { nil: undefined }),
  });
  const file = fc.record({
    name: fc.constant('file'),
    filename: hostileText,
    header: fc.constant(undefined),
    value: hostileText,
  });
  const parts = fc.tuple(fc.option(file, { freq: 5 }), fc.array(part, { maxLength: 4 }));
  return fc.tuple(parts, fc.boolean()).map(([[first, others], isWhole]) => {
    const all = [...(first ? [first] : []), ...others];
    const texts = all.map(({ filename, header, name, value }) => {
      const file = filename === undefined ? '' : `; filename="${filename.replaceAll('"', '%22')}"`;
      const more = header === undefined ? '' : `\r\nX-More: ${header}`;
      const content = value ?? String(example[name] ?? 'x');
      return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}${more}\r\n\r\n${content}\r\n`;
    });
    const body = Buffer.from(`${texts.join('')}--${boundary}${isWhole || all.length === 1 ? '--' : ''}\r\n`);
    return { type: `multipart/form-data; boundary=${boundary}`, body };
  });
}

/** A head of several of them still is one that HTTP servers take; longer ones are another attack. */
const longestBytes = 700;

/** Percent-encoded, also what `encodeURIComponent` refuses. */
function encoded(text: string): string {
  return [...Buffer.from(text).subarray(0, longestBytes)]
    .map((byte) =>
      /[\w.~-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}

/** As much of a text as Node lets a client send in a header. */
function sendable(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e\x80-\xff]/g, '')
    .slice(0, longestBytes);
}
