import { Uid } from '@wharf/contracts';
import { z } from 'zod';
import { documentFields } from './document-fields.js';
import { exampleUid } from './examples.js';

export const uidParameter = z.object(
  documentFields({ uid: Uid }, { uid: { description: 'The `uid` of a file', example: exampleUid } }),
);

/** Behind an address of bytes. */
export const nameParameter = {
  name: z
    .string()
    .meta({ description: 'Any name: programs that save the file may take it from here', example: 'hello.txt' }),
};
