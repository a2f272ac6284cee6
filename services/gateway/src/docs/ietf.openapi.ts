import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { exampleText } from './examples.js';
import { answerHeaders, RequestHeaders } from './headers.openapi.js';
import { uidParameter } from './parameters.openapi.js';
import { deliveryProblems, problemAnswers } from './problems.openapi.js';
import { DeliveryReceiptAnswer, FileRecordAnswer } from './records.openapi.js';

/** Of every answer to a request that names a version. */
const protocol = answerHeaders('Upload-Complete', 'Upload-Draft-Interop-Version');

/** With which a raw upload asks to be resumable. */
export const creationHeaders = {
  'Upload-Complete': true,
  'Upload-Length': true,
  'Upload-Draft-Interop-Version': true,
} as const;

export const creationDescription =
  'With `Upload-Complete` it is resumable, by draft-ietf-httpbis-resumable-upload: `?1` brings all bytes, `?0` the first ones, or none. ' +
  'A client that names its version is told by 104 where it goes on after an interruption; the answer to `?0` is without a body, and tells it in `Location`.';

export const creationAnswerHeaders = protocol;

export const ietfPiece = {
  'application/partial-upload': { schema: { type: 'string' as const, format: 'binary' }, example: exampleText },
};

/** To the last bytes: as any upload is answered. */
export const fileAnswers: Record<number, ZodOpenApiResponseObject> = {
  201: stored('By the IETF protocol, the last bytes: stored, recorded and readable at once'),
  202: stored('The same; the record will follow'),
};

export const ietfProgress = {
  ...protocol,
  ...answerHeaders('Upload-Offset', 'Upload-Limit'),
};

const look: Omit<ZodOpenApiOperationObject, 'operationId'> = {
  tags: ['resumable'],
  requestParams: { path: uidParameter, header: RequestHeaders.pick({ 'Upload-Draft-Interop-Version': true }) },
  responses: {
    204: {
      description: 'Its durable bytes: where its client goes on',
      headers: { ...ietfProgress, ...answerHeaders('Upload-Length', 'Cache-Control') },
    },
    ...problemAnswers(
      'method_not_allowed',
      'file_not_found',
      'file_expired',
      'upload_locked',
      'unavailable',
      ...deliveryProblems,
    ),
  },
};

export const getUpload: ZodOpenApiOperationObject = {
  ...look,
  operationId: 'getUpload',
  summary: 'How far a resumable upload is (IETF)',
};

export const describeStream: ZodOpenApiOperationObject = {
  operationId: 'describeStream',
  tags: ['resumable'],
  summary: 'That resumable uploads begin here (IETF), and within which limits',
  responses: { 204: { description: 'What may be sent', headers: answerHeaders('Upload-Limit') } },
};

function stored(description: string): ZodOpenApiResponseObject {
  return {
    description,
    headers: { ...protocol, ...answerHeaders('Location', 'Upload-Offset') },
    content: { 'application/json': { schema: z.union([FileRecordAnswer, DeliveryReceiptAnswer]) } },
  };
}
