import { FileTimeline, ShownEvent } from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { documentFields } from './document-fields.js';
import { exampleTime, exampleUid } from './examples.js';
import { RequestHeaders } from './headers.openapi.js';
import { uidParameter } from './parameters.openapi.js';
import { problemAnswers } from './problems.openapi.js';

const EventAnswer = z.looseObject(
  documentFields(ShownEvent.shape, {
    specversion: { description: 'CloudEvents 1.0', example: '1.0' },
    id: { description: 'Tells events apart; the same on NATS', example: exampleUid },
    type: { description: 'What happened', example: 'file.stored' },
    source: { description: 'The service that said so', example: 'wharf/gateway' },
    subject: { description: 'The `uid` of the file', example: exampleUid },
    time: { description: 'When it happened', example: exampleTime },
    datacontenttype: { description: 'Of `data`', example: 'application/json' },
    dataschema: { description: 'Which shape `data` has', example: 'urn:wharf:event:file.stored:v1' },
    data: { description: 'As `/asyncapi.json` describes it for the type', example: { uid: exampleUid } },
  }),
);

const FileTimelineAnswer = FileTimeline.extend({ events: z.array(EventAnswer) });

const stream = {
  'text/event-stream': {
    schema: {
      type: 'string' as const,
      description: 'Server-sent events: `id` is that of the event, `event` its type, `data` the event as JSON',
    },
  },
};

export const eventPaths: ZodOpenApiPathsObject = {
  '/api/v1/files/{uid}/events': {
    get: {
      operationId: 'getTimeline',
      tags: ['events'],
      summary: 'What became of a file',
      description:
        'For those who may change the file. As `application/json` all that has happened, oldest first. As `text/event-stream` the same, and then each event as it happens: a stream goes on from `Last-Event-ID`, says something every 15 seconds, and ends after `file.deleted`, when the credentials of the request end, or when its client reads too slowly. Who asks again after `file.deleted` is answered 204.',
      requestParams: { path: uidParameter, header: RequestHeaders.pick({ 'Last-Event-ID': true }) },
      responses: {
        200: {
          description: 'The events',
          content: { 'application/json': { schema: FileTimelineAnswer }, ...stream },
        },
        204: { description: 'The file is deleted, and the client has heard of it' },
        ...problemAnswers('invalid_uid', 'file_not_found', 'not_acceptable', 'unavailable'),
      },
    },
  },
  '/api/v1/events': {
    get: {
      operationId: 'followFiles',
      tags: ['events'],
      summary: 'What becomes of all files of the caller',
      description:
        'Each event as it happens, from now on: of the files that belong to the caller, or of all files with the scope `files:all`. Nothing of before is told again: a client lists files after the stream has begun, and again after it has begun anew.',
      responses: {
        200: { description: 'The events', content: stream },
        ...problemAnswers('not_acceptable', 'unavailable'),
      },
    },
  },
};
